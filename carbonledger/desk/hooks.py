"""The desk itself: what Datasette asks us. Each answer is for our own desks alone."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from datasette import hookimpl
from datasette.app import Datasette
from datasette.plugins import pm

from carbonledger.desk.app import Desk
from carbonledger.desk.database import lock
from carbonledger.desk.guard import LOCAL, guarded
from carbonledger.desk.metadata import NAME
from carbonledger.desk.pages import charts, style, words
from carbonledger.desk.phrases import Translating
from carbonledger.ledger.connect import Ledger

PLUGIN = "carbonledger-desk"
F = TypeVar("F", bound=Callable[..., Any])


def _hook(function: F) -> F:
    """Mark a function as an answer of ours; Datasette's own mark has no types."""
    marked: F = hookimpl(function)
    return marked


def make(ledger: Ledger, lang: str, hosts: frozenset[str] = LOCAL) -> Desk:
    """Make the desk of a ledger.

    Args:
        ledger: a SQLite ledger, opened `sealed`.
        lang: language of the pages, `en` or `zh`.
        hosts: names and addresses it may be asked under.
    """
    # Not at the top: imported before Datasette's plugins, it would be none of them.
    from datasette import handle_exception

    # With Rich at hand Datasette would print every error with all that it knows, rows included.
    handle_exception.rich = None
    if not pm.has_plugin(PLUGIN):
        pm.register(sys.modules[__name__], PLUGIN)
    return Desk(ledger, lang, hosts)


@_hook
def prepare_connection(conn: Any, database: str, datasette: Datasette) -> None:
    """Lock every connection to the ledger."""
    if isinstance(datasette, Desk) and database == NAME:
        lock(conn)


@_hook
def prepare_jinja2_environment(env: Any, datasette: Datasette) -> None:
    """Translate templates while they are loaded."""
    if isinstance(datasette, Desk):
        env.loader = Translating(env.loader, datasette.lang)


@_hook
def extra_template_vars(datasette: Datasette) -> dict[str, Any]:
    """Give our templates their words and charts."""
    return words(datasette) if isinstance(datasette, Desk) else {}


@_hook
def extra_css_urls(datasette: Datasette) -> list[str]:
    """Add our style."""
    return ["/-/desk.css"] if isinstance(datasette, Desk) else []


@_hook
def register_routes(datasette: Datasette) -> list[tuple[str, Any]]:
    """Add the style and the page of charts."""
    ours = [(r"^/-/desk\.css$", style), (r"^/-/charts$", charts)]
    return ours if isinstance(datasette, Desk) else []


@_hook
def asgi_wrapper(datasette: Datasette) -> Any:
    """Stand before the pages."""
    if isinstance(datasette, Desk):
        return lambda app: guarded(app, datasette.hosts)
    return lambda app: app
