"""`python -m carbonledger`."""

from carbonledger.cli import main

if __name__ == "__main__":
    main()
