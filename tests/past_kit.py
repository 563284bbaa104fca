"""What can be posted into a ledger after a figure was told, to see that the figure stays."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from ledger_case import Case, days, header, number, post
from postgresql_server import copy_of

from carbonledger.ledger import schema
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.connect import location
from carbonledger.ledger.service import last_batch, reverse
from carbonledger.run.closing import close
from carbonledger.run.setup import init

NOW = "2025-06-01T08:00:00Z"


def made(folder: Path, template: Path, database: str = "sqlite") -> str:
    if database == "postgresql":
        return copy_of("init", lambda url: init(url, "tester", "2025-01-01T00:00:00Z"))
    path = folder / "ledger.db"
    path.write_bytes(template.read_bytes())
    return location(str(path))


def read(case: Case, value: int) -> None:
    post(case, *days(case, "M-1", f"2025-03-{value:02}", [str(value)]), name=f"m{value}")


def correct(case: Case, value: int) -> None:
    entries = days(case, "M-1", f"2025-03-{value:02}", ["0.5"], kind="adjustment", corrects=1)
    post(case, *entries, head=Header("correction", "ben", NOW, "ratio", restate="ratio"))


def turn(case: Case, value: int) -> None:
    last = case.scalar("SELECT max(batch_id) FROM entry WHERE kind = 'reading'")
    reverse(case.ledger, last or 0, f"no {value}", "ben", NOW, restate="wrong file")


def shut(case: Case, value: int) -> None:
    close(case.ledger, "park", f"2025-{value % 5 + 1:02}", None, actor="anna", now=NOW)


def move(case: Case, value: int) -> None:
    """Change the site: a region, a mass, where a meter measures, what happened to it."""
    head = Header("site", "ben", NOW, restate="it was declared wrongly")
    with case.ledger.transaction() as connection, posting(connection, head) as made:
        place = number(connection, schema.account, "park")
        made.insert(schema.account_revision, account_id=place, kind="facility",
                    region=f"CN-{value}", timezone="Asia/Shanghai")  # fmt: skip
        meter = number(connection, schema.meter, "M-1")
        made.insert(schema.meter_event, meter_id=meter, at_utc=value, kind="calibration")
        made.insert(schema.finding, meter_id=meter, kind="spike", severity="info", start_utc=0,
                    end_utc=1, first_day=20250301, last_day=20250301, count=value, parameters="{}",
                    text_en="high", text_zh="高")  # fmt: skip
        good = number(connection, schema.commodity, "electricity")
        made.insert(schema.commodity_revision, commodity_id=good, mass_kg=str(value))


def load(case: Case, value: int) -> None:
    """Load the newer edition of a pack; every other one is a user's own."""
    with case.ledger.transaction() as connection, posting(connection, header("factors")) as made:
        code = f"new{last_batch(connection)}"
        pack = made.insert(schema.factor_pack, code=code, edition="1", publisher="p", title="t",
                           document="d", licence="l", confidence="primary", content_hash="x",
                           standing="held" if value % 2 else None)  # fmt: skip
        blank = dict.fromkeys(("basis", "technology", "uncertainty", "distribution", "page",
                               "confidence", "note"), "")  # fmt: skip
        made.insert(schema.factor, pack_id=pack, code="f", activity="electricity", region="CN",
                    purpose="organisation", gas="co2", value=str(value), unit="kgCO2/kWh", **blank)  # fmt: skip


def publish(case: Case, _: int) -> None:
    """Publish the first pack that waits, where there is one."""
    with case.ledger.transaction() as connection:
        waiting = connection.execute(
            sa.select(schema.factor_pack.c.id)
            .outerjoin(schema.publication, schema.publication.c.pack_id == schema.factor_pack.c.id)
            .where(schema.factor_pack.c.standing == "held", schema.publication.c.id.is_(None))
        ).scalar()
        if waiting is not None:
            with posting(connection, Header("publication", "berta", NOW, "compared")) as made:
                made.insert(schema.publication, pack_id=waiting, content_hash="x")


ACTIONS: tuple[Callable[[Case, int], None], ...] = (read, correct, turn, shut, move, load, publish)


def last(case: Case) -> int:
    with case.ledger.read() as connection:
        return last_batch(connection)
