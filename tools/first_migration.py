"""Write migrations/versions/0001_the_ledger.py from the models (only before the first release)."""

import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "migrations" / "versions" / "0001_the_ledger.py"


def main() -> None:
    """Compare an empty database with the models and write the revision."""
    kept = {f: f.read_text() for f in TARGET.parent.glob("0*.py") if f != TARGET}
    for file in (*kept, TARGET):
        file.unlink(missing_ok=True)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    with (
        tempfile.TemporaryDirectory() as place,
        create_engine(f"sqlite:///{place}/empty.db").begin() as connection,
    ):
        config.attributes["connection"] = connection
        command.revision(config, message="the ledger", rev_id="0001", autogenerate=True)
    for file, text in kept.items():
        file.write_text(text)


if __name__ == "__main__":
    main()
