"""Thin launcher: `python cli.py …` in a checkout is the command `carbonledger …`."""

from carbonledger.cli import main

if __name__ == "__main__":
    main()
