"""Write the pinned requirements from pyproject.toml: each with its hashes, and no address.

    constraints.txt       what the program needs, and its build backend
    constraints-test.txt  the same and all extras: tests, checks, benchmarks
    tools/uv.txt          the installer that `run` prefers to pip

The versions are the same for every Python and system, so that figures are. `--upgrade` takes the
newest releases; without it only what pyproject.toml changed moves.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Written by tools/lock.py from pyproject.toml; change that and run the script.\n"
OPTIONS = (
    "--universal", "--fork-strategy=fewest", "--python-version=3.11", "--generate-hashes",
    "--no-header", "--no-annotate", "--no-emit-index-url", "--no-config", "--quiet",
)  # fmt: skip


def compile_pins(target: Path, asked: str, *options: str) -> None:
    """Resolve requirements and write them with their hashes.

    Args:
        target: file to write; its present pins are kept where they still fit.
        asked: requirements, one a line.
        options: further options of `uv pip compile`.
    """
    command = [
        sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *options,
        f"--output-file={target}", "-",
    ]  # fmt: skip
    subprocess.run(command, input=asked, text=True, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    target.write_text(HEAD + target.read_text("utf-8").removeprefix(HEAD), "utf-8")


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--upgrade", action="store_true", help="take the newest releases")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    described = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = described["project"]
    needed = [*project["dependencies"], *described["build-system"]["requires"]]
    extras = [item for items in project["optional-dependencies"].values() for item in items]
    run = ROOT / "constraints.txt"
    compile_pins(run, "\n".join(needed), *upgrade)
    compile_pins(
        ROOT / "constraints-test.txt",
        "\n".join(needed + extras),
        f"--constraints={run}",
        *upgrade,
    )
    compile_pins(ROOT / "tools" / "uv.txt", "uv", *upgrade)


if __name__ == "__main__":
    main()
