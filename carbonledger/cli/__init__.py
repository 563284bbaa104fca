"""The command line: it parses, calls one function of the library, and prints. No logic here."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from carbonledger.cli.entry import run

    sys.exit(run(sys.argv[1:]))
