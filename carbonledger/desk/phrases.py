"""Datasette's pages in Chinese: phrases of its templates, replaced when a template is loaded.

Only texts are replaced, never what is computed. A phrase that a later Datasette words otherwise
stays English; a test tells.
"""

import re
from collections.abc import Callable
from typing import Any

from jinja2 import BaseLoader, Environment

from carbonledger.text import t

PHRASES = tuple(f"desk.phrase.{number}" for number in range(1, 31))
ROWS = re.compile(r"row\{% if [^%]*%\}\{% else %\}s\{% endif %\}")


def translated(source: str, lang: str) -> str:
    """Return the source of a template with its phrases in a language."""
    if lang == "en":
        return source
    for key in PHRASES:
        source = source.replace(t(key, "en"), t(key, lang))
    return ROWS.sub(t("desk.row_word", lang), source)


class Translating(BaseLoader):
    """Loads what another loader finds, and translates it."""

    def __init__(self, inner: BaseLoader, lang: str) -> None:
        self.inner = inner
        self.lang = lang

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return the translated source of a template, where it is, and whether it still holds."""
        source, path, fresh = self.inner.get_source(environment, template)
        return translated(source, self.lang), path, fresh

    def list_templates(self) -> list[Any]:
        """List the templates of the other loader."""
        return self.inner.list_templates()
