"""Packs of a user's own: loaded by one person, published by another, and used from then on only."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from cli_plant import Plant
from ledger_case import Case, post
from restate_kit import FACTORS, MARCH, NOW, PACK, filled, of

from carbonledger.errors import (
    CalculationRefused,
    FactorNotFound,
    FactorRefused,
    LedgerRefused,
    Refusal,
)
from carbonledger.factors.pack import load_pack as read_pack
from carbonledger.ledger import schema
from carbonledger.ledger.book import Header, posting
from carbonledger.ledger.canon import HEADER, ContentHash, leaf_hash
from carbonledger.ledger.connect import create, location, open_ledger
from carbonledger.ledger.packs import post_pack
from carbonledger.ledger.publications import same_actor
from carbonledger.ledger.reversal import reverse
from carbonledger.resources import folder
from carbonledger.run import packs, restatements, service, setup
from carbonledger.run.publishing import held_packs, publish_pack
from carbonledger.run.restating import Asked
from carbonledger.run.verify import verify

pytestmark = pytest.mark.both_databases
GRID = "cn-grid@2024"
# The purposes that the methods of footprints and of zero-carbon parks look for.
FOOTPRINT = """code,activity,region,data_year,purpose,gas,value,unit,page,confidence
mine,electricity,CN,2024,product,co2e,0.6,kgCO2e/kWh,1,one_source
"""
ZERO_CARBON = """code,activity,region,data_year,purpose,gas,value,unit,page,confidence
mine,electricity,CN,2024,park_rule,co2,0.9,kgCO2/kWh,1,one_source
"""
OWN = PACK.replace("cn-grid", "supplier")


@pytest.fixture
def case(database: str, ledger_template: Path, tmp_path: Path) -> Iterator[Case]:
    """Give a park that took 1,000 kWh from the grid in March 2024."""
    with filled(database, ledger_template, tmp_path) as made:
        yield made


def written(place: Path, header: str = PACK, rows: str = FACTORS) -> Path:
    place.mkdir(exist_ok=True)
    (place / "pack.toml").write_text(header, "utf-8")
    (place / "factors.csv").write_text(rows, "utf-8")
    return place


def of_sawdust(place: Path) -> Path:
    """Write a pack with the factor of a fuel that is in no pack that ships."""
    header = PACK.replace('"cn-grid"', '"cn-ndrc-fuels"').replace('"2024"', '"own"')
    written(
        place,
        header,
        "code,activity,region,data_year,purpose,gas,value,unit,page,confidence\n"
        "gas,sawdust_gas,CN,,combustion,co2,3,kgCO2/kg,1,one_source\n",
    )
    names = "code,unit,name_en\nsawdust_gas,kg,gas of sawdust\n"
    (place / "activities.csv").write_text(names, "utf-8")
    return place


def load(case: Case, place: Path, actor: str = "anna") -> dict[str, Any]:
    return setup.load_pack(case.ledger, place, actor, NOW)


def publish(case: Case, name: str = GRID, actor: str = "berta", reason: str = "") -> dict[str, Any]:
    return publish_pack(case.ledger, name, reason, actor, NOW)


def scope_2(case: Case, **asked: Any) -> str:
    made = service.inventory(case.ledger, "park", MARCH, actor="anna", now=NOW, **asked)
    return str(made["scopes"]["2_location"].normalize())


def refused(code: str, deed: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        deed()
    assert caught.value.code == code
    assert caught.value.hint
    return caught.value


# --- held, published, used --------------------------------------------------------------------------


def test_a_pack_counts_once_another_actor_has_published_it(case: Case, tmp_path: Path) -> None:
    """0.4878 kg/kWh ships for 2023, 0.5 is in the user's own pack for 2024."""
    assert scope_2(case) == "0.4878"
    loaded = load(case, written(tmp_path / "own"))
    assert (loaded["state"], loaded["loaded_by"], loaded["publish"]) == (
        "held", "anna", f"carbonledger factors publish {GRID}",
    )  # fmt: skip
    assert held_packs(case.ledger) == [
        {"pack": GRID, "loaded_by": "anna", "factors": 3, "publish": loaded["publish"]}
    ]
    assert scope_2(case) == "0.4878"
    done = publish(case, reason="compared with No. 1, page 1")
    assert (done["state"], done["loaded_by"], done["published_by"]) == (
        "published",
        "anna",
        "berta",
    )
    assert done["publication_reason"] == f"{GRID}: compared with No. 1, page 1"
    assert scope_2(case) == "0.5"
    assert held_packs(case.ledger) == []
    assert load(case, tmp_path / "own")["state"] == "published"
    told = case.rows("SELECT kind, actor, reason FROM batch_view ORDER BY batch DESC LIMIT 2")
    assert told == [
        ("publication", "berta", f"{GRID}: compared with No. 1, page 1"),
        ("factors", "anna", GRID),
    ]
    assert verify(case.ledger)["problems"] == []


def test_as_of_a_batch_before_its_publication_it_does_not_count(case: Case, tmp_path: Path) -> None:
    loaded = load(case, written(tmp_path / "own"))["batch"]
    publish(case)
    assert (scope_2(case, as_of=loaded), scope_2(case)) == ("0.4878", "0.5")
    first = setup.factors(case.ledger, f"{GRID}/CN-LN", as_of=loaded)[0]
    assert (first["state"], first["published_by"], first["published_at"]) == ("held", None, None)
    later = setup.factors(case.ledger, f"{GRID}/CN-LN")[0]
    assert (later["state"], later["published_by"]) == ("published", "berta")
    assert [one["pack"] for one in held_packs(case.ledger, loaded)] == [GRID]
    answer = verify(case.ledger)
    assert (answer["problems"], answer["recomputed"]) == ([], 2)


@pytest.mark.parametrize(
    ("ask", "code", "rows"),
    [
        (service.inventory, "cn-grid", FACTORS),
        (service.renewable, "cn-grid", FACTORS),
        (service.footprint, "cn-electricity-footprint", FOOTPRINT),
        (service.intensity, "cn-zero-carbon-park", ZERO_CARBON),
    ],
    ids=["inventory", "renewable", "footprint", "intensity"],
)
def test_no_calculation_uses_what_is_held(
    ask: Callable[..., dict[str, Any]], code: str, rows: str, case: Case, tmp_path: Path
) -> None:
    """A second factor for the question either changes the figures or is ambiguous, once it counts."""

    def outcome() -> object:
        try:
            found = ask(case.ledger, "park", MARCH, actor="anna", now=NOW)
        except FactorRefused as refusal:
            return refusal.code
        return {name: one for name, one in found.items() if name not in ("run", "as_of")}

    before = outcome()
    header = PACK.replace("cn-grid", code).replace('"2024"', '"own"')
    load(case, written(tmp_path / "own", header, rows))
    assert outcome() == before
    publish(case, f"{code}@own")
    assert outcome() != before


def test_a_search_shows_what_is_held_as_passed_over(case: Case, tmp_path: Path) -> None:
    wanted = packs.Wanted("sawdust_gas", MARCH, "CN-LN")
    refused("factor-unknown", lambda: packs.search(case.ledger, wanted))
    load(case, of_sawdust(tmp_path / "own"))
    (found,) = packs.search(case.ledger, wanted)["searches"]
    assert found["found"] == []
    (passed,) = found["passed_over"]
    assert (passed["factor"], passed["verdict"]) == ("cn-ndrc-fuels@own/gas", "held")
    assert passed["reasons"] == [
        {"what": "held", "has": "anna", "wants": ["carbonledger factors publish cn-ndrc-fuels@own"]}
    ]
    publish(case, "cn-ndrc-fuels@own")
    (found,) = packs.search(case.ledger, wanted)["searches"]
    assert [one["verdict"] for one in found["found"]] == ["used"]


def test_a_miss_names_what_is_passed_over_with_the_command(case: Case, tmp_path: Path) -> None:
    """A fuel is burnt that no pack has a factor of, but one that nobody has published."""
    with case.ledger.transaction() as connection:
        with posting(connection, Header("site", "anna", NOW, "a fuel of its own")) as made:
            good = made.insert(schema.commodity, code="sawdust_gas", kind="fuel", unit="kg")
            made.insert(schema.commodity_revision, commodity_id=good)
    post(case, of(case, "supplier", "park/works", "sawdust_gas", 5_000_000))
    load(case, of_sawdust(tmp_path / "own"))
    with pytest.raises(FactorNotFound) as miss:
        scope_2(case)
    assert "cn-ndrc-fuels@own/gas would fit, but is passed over: anna loaded" in miss.value.message
    assert miss.value.hint.endswith("carbonledger factors publish cn-ndrc-fuels@own")
    publish(case, "cn-ndrc-fuels@own")
    assert scope_2(case) == "0.4878"


def test_an_edition_that_is_held_cannot_be_chosen_but_tried(case: Case, tmp_path: Path) -> None:
    scope_2(case)
    load(case, written(tmp_path / "own"))
    error = refused(
        "pack-held",
        lambda: restatements.preview(case.ledger, Asked(run=1, editions=(GRID,))),
    )
    assert isinstance(error, CalculationRefused)
    assert f"carbonledger factors publish {GRID}" in error.hint


# --- who may publish what ---------------------------------------------------------------------------


@pytest.mark.parametrize("actor", ["anna", "Anna", " ANNA  ", "ａｎｎａ"])
def test_who_loaded_a_pack_cannot_publish_it(actor: str, case: Case, tmp_path: Path) -> None:
    batch = load(case, written(tmp_path / "own"))["batch"]
    error = refused("publish-actor", lambda: publish(case, actor=actor))
    assert f"{GRID} was loaded by anna (batch {batch})" in error.message
    assert f"factors publish {GRID}" in error.hint
    assert held_packs(case.ledger)[0]["pack"] == GRID
    assert scope_2(case) == "0.4878"


def test_names_that_differ_are_of_two_actors() -> None:
    assert same_actor("Anna  Li", "anna li")
    assert not same_actor("anna", "anne")


def test_what_needs_no_publication_and_what_is_not_there(case: Case, tmp_path: Path) -> None:
    shipped = refused("publish-needless", lambda: publish(case, "cn-grid@2023"))
    assert "ships with the program" in shipped.message
    load(case, written(tmp_path / "own"))
    batch = publish(case)["batch"]
    again = refused("publish-needless", lambda: publish(case, actor="carl"))
    assert f"batch {batch} published it" in again.message
    unknown = refused("publish-unknown", lambda: publish(case, "cn-grid@2042"))
    assert GRID in unknown.hint
    refused("publish-unknown", lambda: publish(case, "nonsense"))
    for number in (batch, batch - 1):
        with pytest.raises(LedgerRefused, match="entries"):
            reverse(case.ledger, number, "no", "anna", NOW)
    with case.ledger.transaction() as connection:
        header = Header("factors", "anna", NOW, "of a site file")
        with posting(connection, header) as made:
            post_pack(made, read_pack(written(tmp_path / "s", OWN)), "stated")
    stated = refused("publish-needless", lambda: publish(case, "supplier@2024"))
    assert "a site file states" in stated.message


def test_a_folder_passes_as_shipped_only_with_the_bytes_that_ship(
    case: Case, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder("factors") / "us-egrid-2025", copy)
    header = (copy / "pack.toml").read_text("utf-8")
    (copy / "pack.toml").write_text(header.replace('title = "', 'title = "My '), "utf-8")
    error = refused("pack-edition", lambda: load(case, copy))
    assert error.hint.endswith("carbonledger factors load us-egrid@2025")
    (copy / "pack.toml").write_text(header, "utf-8")
    assert load(case, copy)["state"] == "shipped"
    (copy / "pack.toml").write_text(header.replace('edition = "2025"', 'edition = "mine"'), "utf-8")
    assert load(case, copy)["state"] == "held"
    (copy / "pack.toml").write_text(header.replace('"us-egrid"', '"site-properties"'), "utf-8")
    refused("pack-reserved", lambda: load(case, copy))


# --- what the database itself holds -----------------------------------------------------------------


def test_the_database_refuses_a_publication_by_who_loaded_the_pack(
    case: Case, tmp_path: Path
) -> None:
    load(case, written(tmp_path / "own"))
    pack = case.rows("SELECT max(id) FROM factor_pack")[0][0]

    def past_the_program() -> None:
        with case.ledger.transaction() as connection:
            with posting(connection, Header("publication", "Anna", NOW, "mine")) as made:
                made.insert(schema.publication, pack_id=pack, content_hash="x")

    with pytest.raises((Refusal, sa.exc.SQLAlchemyError), match="two actors"):
        past_the_program()
    assert held_packs(case.ledger)[0]["pack"] == GRID


def test_a_publication_is_part_of_its_batch(case: Case, tmp_path: Path) -> None:
    load(case, written(tmp_path / "own"))
    batch = publish(case)["batch"]
    with case.ledger.engine.connect() as connection:
        for statement in ("DELETE FROM publication", "UPDATE publication SET content_hash = 'x'"):
            with pytest.raises(sa.exc.DBAPIError, match=r"append-only|permission denied"):
                connection.exec_driver_sql(statement)
            connection.rollback()
    with case.ledger.engine.begin() as connection:
        if case.ledger.is_file:
            connection.exec_driver_sql("DROP TRIGGER publication_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE publication DISABLE TRIGGER USER")
            connection.exec_driver_sql("GRANT UPDATE ON publication TO CURRENT_USER")
        connection.exec_driver_sql("UPDATE publication SET content_hash = 'other'")
    found = {(one["what"], one["batch"]) for one in verify(case.ledger)["problems"]}
    assert {("content", batch), ("publication", batch)} <= found


# --- ledgers of before ------------------------------------------------------------------------------


def test_packs_of_a_ledger_from_before_count_as_they_did(tmp_path: Path) -> None:
    """Version 0013 knew neither publications nor standings; the rows and hashes are of its shape."""
    path = tmp_path / "old.db"
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")))
    engine = sa.create_engine(location(str(path)))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0013")
    engine.dispose()
    pack = {
        "id": 1, "batch_id": 1, "code": "own", "edition": "1", "publisher": "p", "title": "t",
        "title_zh": None, "document": "d", "licence": "l", "published_on": None,
        "confidence": "primary", "note": None, "content_hash": "h",
    }  # fmt: skip
    content = ContentHash()
    content.add(schema.factor_pack, [(*pack.values(), None)])
    head: dict[str, Any] = dict.fromkeys(HEADER, 0) | {
        "id": 1, "kind": "factors", "actor": "anna", "posted_at": NOW, "reason": "own@1",
        "document_id": None, "reading_rules": None, "totals": "[]", "warnings": "[]",
        "content_hash": content.hexdigest(),
    }  # fmt: skip
    head["leaf_hash"] = leaf_hash(head)
    with closing(sqlite3.connect(path)) as database:
        for table, row in (("factor_pack", pack), ("batch", head)):
            marks = ", ".join("?" * len(row))
            database.execute(
                f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()]
            )
        database.commit()
    create(location(str(path)))
    with open_ledger(location(str(path)), write=True) as ledger:
        case = Case(ledger)
        asked = "SELECT state, loaded_by, published_by FROM pack_view"
        assert case.rows(asked) == [("earlier", "anna", None)]
        assert held_packs(ledger) == []
        error = refused("publish-needless", lambda: publish(case, "own@1"))
        assert "before packs were published" in error.message
        assert verify(ledger)["problems"] == []


# --- as a user types it -----------------------------------------------------------------------------


def test_what_a_user_reads(plant: Plant) -> None:
    written(plant.folder / "own")
    said = plant.text("--actor", "anna", "factors", "load", "own")
    waits = f"{GRID}: loaded by anna, not yet published; no calculation uses it."
    assert waits in said
    assert f"carbonledger factors publish {GRID}" in said
    assert waits in plant.text("factors", "list", "--pack", "cn-grid")
    assert waits not in plant.text("factors", "list", "--pack", "cn-heat")
    assert waits in plant.text("factors", "show", f"{GRID}/CN-LN")
    assert "尚未发布" in plant.text("--lang", "zh", "factors", "show", f"{GRID}/CN-LN")
    assert f"carbonledger factors publish {GRID}" in plant.text("status")
    assert [one["pack"] for one in plant.ask("status")["held_packs"]] == [GRID]
    asked = ("factors", "search", "electricity", "--region", "CN-LN", "--on", "2024-03-01")
    assert "loaded by anna, not yet published" in plant.text(*asked)
    # Who is to publish it looks at it first.
    assert plant.ask("factors", "check", GRID)["packs"][0]["rows"] == 3
    assert plant.ask("factors", "diff", "cn-grid@2023", GRID)["changed"] >= 1
    assert plant.refused("--actor", "anna", "factors", "publish", GRID)["code"] == "publish-actor"
    why = ("--reason", "compared with No. 1")
    done = plant.ask("--actor", "berta", "factors", "publish", GRID, *why)
    assert (done["state"], done["published_by"]) == ("published", "berta")
    assert waits not in plant.text("factors", "list", "--pack", "cn-grid")
    assert "已发布" in plant.text("--lang", "zh", "factors", "list", "--pack", "cn-grid")
    (row,) = plant.ask("audit", "ask", "packs", "--param", f"of={GRID}/CN-LN")["rows"]
    assert (row["loaded_by"], row["published_by"]) == ("anna", "berta")
