"""Datasette on one ledger, with its meanings in one language."""

from pathlib import Path

from datasette.app import Datasette

from carbonledger.desk.database import LedgerDatabase
from carbonledger.desk.guard import LOCAL
from carbonledger.desk.metadata import NAME, metadata
from carbonledger.ledger.connect import Ledger

HERE = Path(__file__).resolve().parent
SETTINGS = {
    "sql_time_limit_ms": 20000,
    "max_returned_rows": 2000,
    "suggest_facets": False,
    "allow_download": False,
    "default_page_size": 50,
    "num_sql_threads": 2,
}


class Desk(Datasette):  # type: ignore[misc]
    """Datasette on one ledger.

    Attributes:
        lang: language of its pages, `en` or `zh`.
        hosts: names and addresses it may be asked under.
    """

    def __init__(self, ledger: Ledger, lang: str, hosts: frozenset[str] = LOCAL) -> None:
        self.lang = lang
        self.hosts = hosts
        place = str(ledger.engine.url.database)
        super().__init__(
            [place],
            metadata=metadata(ledger, lang),
            settings=SETTINGS,
            template_dir=str(HERE / "templates"),
        )
        for name in [name for name in self.databases if name != "_internal"]:
            self.remove_database(name)
        self.add_database(LedgerDatabase(self, place), name=NAME)
