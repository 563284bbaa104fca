"""The auditor's desk: its pages in both languages, and that nothing can be changed through them."""

import asyncio
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from audit_case import audited

from carbonledger.audit.questions import questions
from carbonledger.errors import LedgerRefused
from carbonledger.ledger.connect import Ledger, location, open_ledger
from carbonledger.text import set_language, t

pytestmark = pytest.mark.skipif(
    find_spec("datasette") is None, reason="the extra desk is not installed"
)
Get = Callable[..., Any]


@pytest.fixture(scope="module")
def ledger(ledger_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Give the ledger of `audit_case`, opened as the desk opens it."""
    path = tmp_path_factory.mktemp("desk") / "ledger.db"
    shutil.copyfile(ledger_template, path)
    with audited(location(str(path))):
        pass
    with open_ledger(location(str(path)), sealed=True) as opened:
        yield opened


def asked(
    ledger: Ledger, lang: str, *paths: str, method: str = "GET", host: str = "localhost"
) -> Any:
    """Ask a desk for pages, without a port; return the answers."""
    from carbonledger.desk.hooks import make

    async def run() -> list[Any]:
        desk = make(ledger, lang)
        headers = {"host": host}
        return [
            await desk.client.request(method, path, headers=headers, follow_redirects=True)
            for path in paths
        ]

    answers = asyncio.run(run())
    return answers if len(paths) != 1 else answers[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_first_page_lists_every_question(ledger: Ledger, lang: str) -> None:
    page = asked(ledger, lang, "/")
    assert page.status_code == 200
    assert f"<h1>{t('desk.title', lang).replace(chr(39), '&#39;')}</h1>" in page.text
    for one in questions():
        assert f'href="/ledger/{one.name}"' in page.text
        assert one.titles[lang] in page.text
    assert ('<html lang="zh">' in page.text) == (lang == "zh")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_question_is_answered(ledger: Ledger, lang: str) -> None:
    pages = asked(ledger, lang, *(f"/ledger/{one.name}" for one in questions()))
    for one, page in zip(questions(), pages, strict=True):
        assert page.status_code == 200, one.name
        assert one.texts[lang].split("'")[0] in page.text
        assert all(p.texts[lang] in page.text for p in one.parameters)
        assert "message-error" not in page.text


def test_a_question_that_is_asked_without_parameters_has_those_it_has_where_nobody_says(
    ledger: Ledger,
) -> None:
    page = asked(ledger, "en", "/ledger/top-lines?n=2")
    assert page.url.query == b"run=0&n=2"
    assert page.text.count("park/works") >= 2
    assert "0.035122" in page.text
    assert asked(ledger, "en", "/ledger/top-lines.json?_shape=array&n=1").json()[0]["line"] == 4


def test_heads_and_codes_are_in_the_language(ledger: Ledger) -> None:
    page = asked(ledger, "zh", "/ledger/without-evidence").text
    assert "记录无单据号" in page
    assert "缺少" in page
    assert "record without number" in asked(ledger, "en", "/ledger/without-evidence").text


def test_charts_are_drawn(ledger: Ledger) -> None:
    page = asked(ledger, "en", "/-/charts").text
    charted = [one for one in questions() if one.chart is not None]
    assert page.count("<svg") == len(charted)
    assert "<title>electricity, scope 2, location: 0.06 t CO2e</title>" in page
    assert 'class="chart ranked"' in asked(ledger, "zh", "/ledger/top-lines").text
    assert "<svg" not in asked(ledger, "en", "/ledger/files").text.partition("<section")[2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_views_and_columns_are_explained(ledger: Ledger, lang: str) -> None:
    database, view, table = asked(ledger, lang, "/ledger", "/ledger/entry_view", "/ledger/entry")
    meaning = {"en": "Entries of electricity, heat and fuels.", "zh": "电力、热力与燃料的分录。"}
    assert meaning[lang] in database.text
    column = {"en": "Local day of the start", "zh": "开始所在当地日期"}
    assert column[lang] in view.text
    assert "Sum in millionths of the commodity&#39;s canonical unit." in table.text
    if lang == "zh":
        # What is left of the words of Datasette is its name, and the buttons of its editor.
        words = re.sub(r"(?s)<script.*?</script>|<style.*?</style>|<pre.*?</pre>", "", view.text)
        for english in ("This data as", "Apply", "remove filter", "Next page", "Queries took"):
            assert english not in words


def test_every_phrase_that_is_translated_stands_in_a_template_of_datasette() -> None:
    import datasette

    from carbonledger.desk.phrases import PHRASES, ROWS

    folder = Path(str(datasette.__file__)).parent / "templates"
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.html"))
    assert [key for key in PHRASES if t(key, "en") not in source] == []
    assert ROWS.search(source)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from entry",
        "with x as (select 1) delete from entry",
        "update batch set actor = 'me'",
        "insert into entry select * from entry",
        "drop view entry_view",
        "attach 'other.db' as other",
        "pragma query_only = 0",
        "select load_extension('x')",
        "select writefile('x', 'y')",
        "select 1; delete from entry",
    ],
)
def test_no_statement_changes_anything(ledger: Ledger, statement: str) -> None:
    before = state(ledger)
    answer = asked(ledger, "en", f"/ledger.json?sql={quote(statement)}")
    assert answer.status_code == 400, answer.text
    assert state(ledger) == before


def state(ledger: Ledger) -> Any:
    with ledger.read() as connection:
        tables = ("batch", "entry", "run")
        return [connection.exec_driver_sql(f"SELECT count(*) FROM {x}").scalar() for x in tables]


def test_a_connection_of_the_desk_has_three_locks(ledger: Ledger) -> None:
    from carbonledger.desk.database import lock
    from carbonledger.ledger.engines import read_only

    made = read_only(Path(str(ledger.engine.url.database)))
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        made.execute("DELETE FROM batch")
    made.execute("PRAGMA query_only = OFF")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        made.execute("DELETE FROM data_dictionary")
    lock(made)
    for statement in ("PRAGMA query_only = OFF", "DELETE FROM batch", "CREATE TEMP TABLE x (a)",
                      "PRAGMA schema_version = 7", "ATTACH ':memory:' AS x"):  # fmt: skip
        with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            made.execute(statement)
    assert made.execute("SELECT count(*) FROM missing_reading").fetchone() == (1,)
    made.close()


def test_datasette_itself_cannot_write(ledger: Ledger) -> None:
    from carbonledger.desk.hooks import make

    async def run() -> None:
        await make(ledger, "en").get_database("ledger").execute_write("DELETE FROM batch")

    with pytest.raises(LedgerRefused) as refused:
        asyncio.run(run())
    assert refused.value.code == "ledger-read-only"


def test_only_reading_under_the_name_of_this_machine_is_answered(ledger: Ledger) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert asked(ledger, "en", "/ledger", method=method).status_code == 405
    for host in ("evil.example", "evil.example:8001", "127.0.0.1.evil.example", ""):
        assert asked(ledger, "en", "/", host=host).status_code == 400
    for host in ("127.0.0.1:8001", "localhost:9", "[::1]:8001", "localhost"):
        page = asked(ledger, "en", "/", host=host)
        assert page.status_code == 200
        assert "default-src 'self'" in page.headers["content-security-policy"]
    assert asked(ledger, "en", "/ledger.db").status_code == 403


def test_what_came_from_a_file_is_text_and_not_markup(
    fresh_ledger: str,
) -> None:
    from ledger_case import days, header, park, post

    nasty = "<script>alert(1)</script>"
    with park(fresh_ledger) as case:
        post(case, *days(case, "M-1", "2024-03-01", ["1", None, "1", "1"]), name=f"{nasty}.csv",
             head=header("import", nasty))  # fmt: skip
    with open_ledger(fresh_ledger, sealed=True) as opened:
        pages = asked(opened, "en", "/ledger/files", "/ledger/batch_view", "/ledger/source-lines",
                      "/ledger?sql=select+reason+from+batch_view", "/-/charts")  # fmt: skip
    for page in pages:
        assert page.status_code == 200
        assert nasty not in page.text
    assert "&lt;script&gt;alert(1)" in pages[0].text


def test_a_served_desk_answers_at_its_port_and_leaves_nothing_behind(
    ledger: Ledger, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.db"
    shutil.copyfile(str(ledger.engine.url.database), path)
    command = [sys.executable, "-m", "carbonledger", "--db", str(path), "--lang", "zh",
               "audit", "serve", "--port", "0"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as served:
        try:
            assert served.stdout is not None
            said = served.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", said)
            assert address, said
            with urllib.request.urlopen(address[0], timeout=30) as answer:  # noqa: S310
                assert "审计工作台" in answer.read().decode()
        finally:
            served.send_signal(signal.SIGINT)
            assert served.wait(30) == 0
    assert not Path(f"{path}-wal").exists()


def test_a_desk_that_cannot_be_opened(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    from carbonledger.desk import serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(LedgerRefused) as refused:
            serve.serve(ledger.url, "127.0.0.1", taken.getsockname()[1], print)
    assert refused.value.code == "desk-port"
    with pytest.raises(LedgerRefused) as refused:
        serve.serve(ledger.url, "192.0.2.1", 0, print)
    assert refused.value.code == "desk-port"
    monkeypatch.setattr(serve, "find_spec", lambda _: None)
    with pytest.raises(LedgerRefused) as refused:
        serve.serve(ledger.url, "127.0.0.1", 0, print)
    assert refused.value.code == "desk-missing"
    assert "carbonledger[desk]" in refused.value.hint


@pytest.mark.postgresql
def test_a_ledger_on_a_server_is_refused_with_what_to_do() -> None:
    from postgresql_server import copy_of

    from carbonledger.desk.serve import serve
    from carbonledger.run.setup import init

    url = copy_of("init", lambda url: init(url, "tester", "2025-01-01T00:00:00Z"))
    with pytest.raises(LedgerRefused) as refused:
        serve(url, "127.0.0.1", 0, print)
    assert refused.value.code == "desk-database"
    assert "audit ask" in refused.value.hint


def test_what_the_desk_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    from carbonledger.cli.entry import run

    set_language("en")
    for options in (["--json"], ["--as-of", "3"]):
        assert run([*options, "audit", "serve"]) == 2
        assert "neither --json nor --as-of" in "".join(capsys.readouterr())
