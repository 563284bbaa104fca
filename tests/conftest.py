"""What all tests share: a fresh ledger, golden files, the folder of real meter files."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import ingest_kit
import postgresql_server
import pytest
from cli_plant import DATABASE, Plant, build, enter
from hypothesis import HealthCheck, settings

from carbonledger.text import set_language

try:
    import fcntl
except ImportError:  # on Windows the tests run in one process
    fcntl = None  # type: ignore[assignment]

CHECKOUT = Path(__file__).resolve().parent.parent
GOLDEN = CHECKOUT / "tests" / "golden"
POSTED_AT = "2025-01-01T00:00:00Z"

# A property fails for what is wrong, not for what else the machine was doing meanwhile.
settings.register_profile("books", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("books")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--moments", type=int, default=1, help="stop imports at so many times as many moments"
    )
    parser.addoption("--fuzz-runs", type=int, default=500, help="how many files the fuzzer makes")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("database", ingest_kit.DATABASES, indirect=True, scope="function")


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Say on which database the ledgers of `ingest_kit` are; on SQLite unless a module is marked."""
    named = request.node.get_closest_marker("postgresql")
    chosen: str = getattr(request, "param", "postgresql" if named else "sqlite")
    if chosen == "postgresql" and postgresql_server.why_not():
        pytest.skip(postgresql_server.why_not())
    with ingest_kit.on(chosen), postgresql_server.for_a_while():
        yield chosen


@pytest.fixture(autouse=True)
def _speaking_english() -> Iterator[None]:
    """Let no test leave its language to the next one of its process."""
    yield
    set_language("en")


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C stop what it is sent to, here and in the programs that tests start.

    What a shell starts in its background ignores it: a test would wait for ever for what it stops.
    """
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def _servers() -> Iterator[None]:
    """Stop at the end what PostgreSQL server was started."""
    yield
    postgresql_server.close_shared()


@pytest.fixture(scope="session")
def ledger_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a ledger file as `init` leaves it; to be copied, not written to."""
    from carbonledger.ledger.connect import location
    from carbonledger.run.setup import init

    path = tmp_path_factory.mktemp("template") / "ledger.db"
    init(location(str(path)), "tester", POSTED_AT)
    return path


@pytest.fixture
def fresh_ledger(ledger_template: Path, tmp_path: Path) -> str:
    """Give the URL of a ledger of the test's own: made, with all that ships, and no site yet."""
    from carbonledger.ledger.connect import location

    path = tmp_path / "ledger.db"
    shutil.copyfile(ledger_template, path)
    return location(str(path))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small plant with its ledger (see `cli_plant`), made once."""
    return build(tmp_path_factory.mktemp("template"))


@pytest.fixture
def plant(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    """A user within a copy of that folder."""
    return enter(template, tmp_path, monkeypatch, capsys)


@pytest.fixture
def user(
    ledger_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Plant:
    """A user in a folder with a new ledger and nothing else."""
    (tmp_path / "new").mkdir()
    shutil.copyfile(ledger_template, tmp_path / "new" / DATABASE)
    return enter(tmp_path / "new", tmp_path / "home", monkeypatch, capsys)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a copy of a folder that `make` fills, at the first call of all processes of a run.

    What one process opens the other does not see: a ledger that is read has files beside it.
    """
    within = "PYTEST_XDIST_WORKER" in os.environ
    base = factory.getbasetemp().parent if within else factory.getbasetemp()
    folder, done = base / f"made-{name}", base / f"made-{name}.done"
    with (base / f"made-{name}.lock").open("w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return shutil.copytree(folder, factory.mktemp(name) / name)


@pytest.fixture(scope="session")
def demo_park(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder `demo` as the command makes it: files, ledger.db and report.html.

    It is shared by all tests; a test that posts works on a copy.
    """
    from carbonledger.cli.demo import build

    def make(folder: Path) -> None:
        build(folder / "demo", "tester", POSTED_AT, lambda _: None)

    return made_once(tmp_path_factory, "park", make) / "demo"


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the demo park, made from its seed."""
    from carbonledger.example import generate

    return made_once(tmp_path_factory, "tyre-park", generate)


@pytest.fixture(scope="session")
def demo_template(demo_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the ledger of the demo park, everything computed once; to be copied."""
    from demo_case import answers, build, steps

    def make(folder: Path) -> None:
        answers(build(demo_files, folder / "demo.db", steps(demo_files)))

    return made_once(tmp_path_factory, "demo-ledger", make) / "demo.db"


@pytest.fixture
def demo_ledger(demo_template: Path, tmp_path: Path) -> str:
    """Give the URL of a copy of the demo park's ledger, of the test's own."""
    from carbonledger.ledger.connect import location

    path = tmp_path / "demo.db"
    shutil.copyfile(demo_template, path)
    return location(str(path))


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Give a function that compares a text with tests/golden/NAME; UPDATE_GOLDEN=1 writes it."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.is_file(), f"{path} is missing: run the test with UPDATE_GOLDEN=1"
        assert text == path.read_text("utf-8"), (
            f"{path.relative_to(CHECKOUT)} differs; if the change is meant: UPDATE_GOLDEN=1"
        )

    return compare


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real meter files; the test is skipped where it is absent."""
    named = os.environ.get("CARBONLEDGER_SHARED_DATA")
    path = Path(named) if named else CHECKOUT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"no folder of real meter files: {path} (CARBONLEDGER_SHARED_DATA names one)")
    return path


@pytest.fixture(scope="session")
def shared_reference(shared_data: Path) -> Path:
    """Give the folder of the reference texts beside the real files; skipped where it is absent."""
    path = shared_data.parent / "reference"
    if not path.is_dir():
        pytest.skip(f"no folder of reference texts: {path}")
    return path
