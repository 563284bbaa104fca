"""Every text a user reads, in English and Chinese.

The texts lie beside this file, one TOML file an area: the key `cli.import.help` is looked up in
`cli.toml` first, then in all others. A text may hold `{name}` places (str.format); a literal brace
is written twice.
"""

import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
LANGUAGES = ("en", "zh")
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")

_language: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """Return the language texts are given in now: `en` or `zh`."""
    return _language.get()


def set_language(lang: str) -> None:
    """Choose the language of all texts from here on.

    Raises:
        ValueError: there are no texts in that language.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"no texts in language {lang!r}; there are {', '.join(LANGUAGES)}")
    _language.set(lang)


def from_environment(environ: Mapping[str, str]) -> str:
    """Return the language that `CARBONLEDGER_LANG`, or else the locale, asks for.

    The first locale variable that is set decides, as in POSIX (Base Definitions, 8.2); every
    language but Chinese gives English.
    """
    names = ("CARBONLEDGER_LANG", *LOCALE_VARIABLES)
    wanted = next((environ[name] for name in names if environ.get(name)), "")
    return "zh" if wanted.lower().startswith("zh") else "en"


@cache
def _area(name: str) -> dict[str, dict[str, str]]:
    path = FOLDER / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


@cache
def _everything() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        found |= _area(path.stem)
    return found


def _entry(key: str) -> dict[str, str] | None:
    # The own area first: `--help` need not read the texts of reports.
    return _area(key.partition(".")[0]).get(key) or _everything().get(key)


def known(key: str) -> bool:
    """Tell whether there is a text of that key."""
    return _entry(key) is not None


def t(key: str, lang: str | None = None, **values: object) -> str:
    """Return the text of a key.

    Args:
        key: name of the text, `area.name`.
        lang: `en` or `zh`; by default the language chosen.
        values: what stands in the `{name}` places.

    Raises:
        KeyError: there is no such text, or a place has no value: a fault of the program.
    """
    entry = _entry(key)
    if entry is None:
        raise KeyError(f"no text {key!r} in {FOLDER}")
    return entry[lang or language()].format(**values)
