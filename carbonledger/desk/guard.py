"""What stands before the pages: only reading, only from this machine, nothing from elsewhere."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any
from urllib.parse import parse_qsl, urlencode

from carbonledger.audit.questions import questions
from carbonledger.desk.metadata import NAME

App = Callable[[Any, Any, Any], Awaitable[None]]
LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


def guarded(app: App, hosts: Collection[str]) -> App:
    """Return an application that refuses to write, and to be asked under a strange name.

    Args:
        app: the pages.
        hosts: names and addresses the desk may be asked under. A page of a stranger that makes its
            own name point to this machine would otherwise read the ledger through the browser.
    """

    async def run(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if _name(host) not in hosts:
            await _refuse(send, 400, "The desk is not asked under this name.")
        elif scope["method"] not in ("GET", "HEAD"):
            await _refuse(send, 405, "The desk only reads.")
        elif (place := with_defaults(scope["path"], scope["query_string"].decode())) is not None:
            await _refuse(send, 302, "", (b"location", place.encode()))
        else:
            await app(scope, receive, _with_headers(send))

    return run


def _name(host: str) -> str:
    """Return a host without its port."""
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host


def with_defaults(path: str, query: str) -> str | None:
    """Return where a question is asked with a value for each parameter; None where it has them."""
    stem, dot, form = path.partition(".")
    one = next((q for q in questions() if stem == f"/{NAME}/{q.name}"), None)
    if one is None:
        return None
    given = dict(parse_qsl(query, keep_blank_values=True))
    if all(given.get(name) for name in one.defaults()):
        return None
    filled = one.defaults() | {name: value for name, value in given.items() if value}
    return f"{stem}{dot}{form}?{urlencode(filled)}"


def _with_headers(send: Any) -> Any:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = message | {"headers": [*message.get("headers", []), *HEADERS]}
        await send(message)

    return sending


async def _refuse(send: Any, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    plain = (b"content-type", b"text/plain; charset=utf-8")
    start = {"type": "http.response.start", "status": status, "headers": [plain, *headers]}
    await send(start)
    await send({"type": "http.response.body", "body": text.encode()})
