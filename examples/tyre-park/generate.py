"""Write the files of this folder again: `python examples/tyre-park/generate.py [FOLDER]`."""

import sys
from pathlib import Path

from carbonledger.example import generate

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
