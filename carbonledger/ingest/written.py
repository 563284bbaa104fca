"""A ready profile: all that was understood of a file, stated, so that it is read like that again.

What a profile of the file's own layout would say is tried on the first lines of the file: a key
with which another layout would be found is left to the file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from carbonledger.errors import ImportRefused, Refusal
from carbonledger.ingest import toml_text
from carbonledger.ingest.choices import Choice
from carbonledger.ingest.formats import TEXT
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.lengths import Length
from carbonledger.ingest.profile import Profile, parse_profile
from carbonledger.ingest.profile_checks import COLUMNS
from carbonledger.ingest.sniff import sniff
from carbonledger.ingest.understood import DEFAULT, METER, Understood
from carbonledger.text import t

# Left to the file, in this order, where stating them would lead to another layout.
LEFT = ((), ("skip",), ("skip", "format"), ("skip", "format", "columns"))


def keys_of(known: Understood, codes: frozenset[str]) -> dict[str, Any]:
    """Return the keys of the profile by which the file is read like this again.

    Args:
        known: what was understood.
        codes: of the meters of the ledger.
    """
    found = {fact.key: fact.value for fact in known.facts() if fact.value is not None}
    found |= _stated(known.profile)
    if known.layout.reader != TEXT:
        return found
    found["columns"] = _columns(known)
    if names := known.named():
        found["meters"] = known.profile.meters | names
    for left in LEFT:
        keys = {key: value for key, value in found.items() if key not in left}
        if _same(known, keys, codes):
            return keys
    return keys | _stated(known.profile)


def _stated(profile: Profile) -> dict[str, Any]:
    """Return what the user's own profile says."""
    plain = Profile()
    said = {f.name: getattr(profile, f.name) for f in fields(profile)}
    return {key: _plain(value) for key, value in said.items() if value != getattr(plain, key)}


def _plain(value: Any) -> Any:
    """Return a value of a profile as TOML and JSON have it."""
    if isinstance(value, Length):
        return str(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _columns(known: Understood) -> dict[str, Any]:
    columns = known.layout.columns
    if any(role not in COLUMNS for role in columns):
        # Several registers a row: which is the total, and what the others are, says the header.
        columns = {r: p for r, p in columns.items() if r in COLUMNS and r != "value"}
    named = {role: [known.column_of(p) for p in places] for role, places in columns.items()}
    said: dict[str, Any] = {r: f[0] if len(f) == 1 else f for r, f in named.items()}
    if known.layout.periods is not None:
        places = known.layout.periods.columns
        said["periods"] = [known.column_of(places[0]), known.column_of(places[-1])]
    return said


def _same(known: Understood, keys: Choice, codes: frozenset[str]) -> bool:
    """Tell whether a profile leads to the layout that was found without it."""
    layout = known.layout
    try:
        stated = parse_profile(dict(keys))
        # Of a workbook neither is stated: its text is written by us.
        stated = replace(stated, encoding=layout.encoding, delimiter=layout.delimiter)
        again = sniff(layout.path, known.head, stated, codes)
    except Refusal:
        return False
    return _shape(again) == _shape(layout)


def _shape(layout: Layout) -> tuple[Any, ...]:
    return (layout.encoding, layout.delimiter, layout.names, layout.start, layout.format,
            layout.columns, layout.wide, layout.kind)  # fmt: skip


def common(found: Sequence[Mapping[str, Any]], choices: Iterable[Choice]) -> dict[str, Any]:
    """Return what all readings of a file have in common, without what is to be chosen."""
    open_keys = {key for choice in choices for key in choice}
    first = found[0] if found else {}
    return {
        key: value
        for key, value in first.items()
        if key not in open_keys and all(other.get(key) == value for other in found)
    }


def text_of(
    name: str, keys: Mapping[str, Any], bases: Mapping[str, str], undeclared: Sequence[str],
    choices: Sequence[Choice] = (),
) -> str:  # fmt: skip
    """Return a profile as TOML.

    Args:
        name: of the file it is for.
        keys: what it says.
        bases: by key, what that rests on.
        undeclared: names in the file that stand for no meter.
        choices: keys of which one set must still be chosen.
    """
    lines = [f"# {t('ingest.profile.head', file=_one_line(name))}"]
    lines += _open(choices)
    tables = {key: value for key, value in keys.items() if isinstance(value, Mapping)}
    for key, value in keys.items():
        if key not in tables:
            lines.append(toml_text.line(key, value) + _remark(bases.get(key, "")))
    if undeclared:
        tables.setdefault("meters", {})
    for key, table in tables.items():
        lines += ["", f"[{toml_text.key(key)}]"]
        lines += [toml_text.line(part, value) for part, value in table.items()]
        if key == "meters":
            lines += [f"# {toml_text.line(one, '…')}  # {t('ingest.profile.undeclared')}"
                      for one in undeclared]  # fmt: skip
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _remark(basis: str) -> str:
    if basis == DEFAULT:
        return f"  # {t('ingest.profile.default')}"
    return f"  # {t('ingest.profile.meter')}" if basis == METER else ""


def _open(choices: Sequence[Choice]) -> Iterator[str]:
    if choices:
        yield f"# {t('ingest.profile.undecided')}"
    for number, choice in enumerate(choices, 1):
        yield f"# {number}:"
        yield from (f"# {toml_text.line(key, value)}" for key, value in choice.items())


def write(place: Path, text: str) -> None:
    """Write a profile where nothing stands yet.

    Raises:
        ImportRefused: something does, or the folder cannot be written.
    """
    refuse_existing(place)
    try:
        place.write_text(text, "utf-8")
    except OSError as error:
        raise ImportRefused(
            f"the profile {place} cannot be written: {error.strerror}",
            code="profile-exists",
            hint="name another file, in a folder that can be written",
        ) from error


def refuse_existing(place: Path) -> None:
    """Refuse to write over a file.

    Raises:
        ImportRefused: there is one.
    """
    if place.exists():
        raise ImportRefused(
            f"the file {place} is there already",
            code="profile-exists",
            hint="name another file with --write-profile, or take that one away",
        )
