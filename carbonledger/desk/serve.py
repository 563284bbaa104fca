"""Serving the desk: one ledger, on this machine, until it is stopped."""

import socket
from collections.abc import Callable
from contextlib import closing, suppress
from importlib.util import find_spec

from carbonledger.errors import LedgerRefused
from carbonledger.ledger.connect import open_ledger
from carbonledger.text import language


def serve(url: str, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve a ledger read-only until it is interrupted.

    Args:
        url: SQLAlchemy URL of the ledger.
        host: address to listen at.
        port: port; 0: one that is free.
        ready: called with the address of the desk before the first request.

    Raises:
        LedgerRefused: `desk-missing`, the extra is not installed; `desk-database`, the ledger is no
            file; `desk-port`, the address cannot be had; or there is no ledger.
    """
    check_installed()
    with open_ledger(url, sealed=True) as ledger:
        if not ledger.is_file:
            raise LedgerRefused(
                f"the desk opens SQLite ledgers; {ledger.place} is on PostgreSQL",
                code="desk-database",
                hint="ask the same questions with: carbonledger audit ask NAME; or with psql as a "
                "login of `carbonledger grant auditor NAME`, with the files of docs/audit",
            )
        import uvicorn

        from carbonledger.desk.guard import LOCAL
        from carbonledger.desk.hooks import make
        from carbonledger.desk.metadata import NAME

        with listening(host, port) as place:
            name = f"[{host}]" if ":" in host else host
            hosts = LOCAL | {host, name}
            desk = make(ledger, language(), frozenset(hosts))
            ready(f"http://{name}:{place.getsockname()[1]}/")
            config = uvicorn.Config(desk.app(), log_level="warning", lifespan="on")
            # Ctrl-C is how a desk is closed, not a fault.
            with suppress(KeyboardInterrupt), closing(desk.get_database(NAME)):
                uvicorn.Server(config).run(sockets=[place])


def check_installed() -> None:
    """Refuse where Datasette is not installed.

    Raises:
        LedgerRefused: it is not.
    """
    if find_spec("datasette") is None:
        raise LedgerRefused(
            "the desk needs Datasette, which is not installed",
            code="desk-missing",
            hint="pip install 'carbonledger[desk]'; without it: carbonledger audit ask NAME",
        )


def listening(host: str, port: int) -> socket.socket:
    """Take an address to listen at.

    Raises:
        LedgerRefused: somebody else has it, or it is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        # Before it is told: whoever comes at once waits until the desk is ready.
        made.listen()
    except OSError as error:
        made.close()
        raise LedgerRefused(
            f"the desk cannot listen at {host}, port {port}: {error.strerror or error}",
            code="desk-port",
            hint="name another with --port; 0 takes a free one",
        ) from error
    return made
