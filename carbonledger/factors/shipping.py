"""Which packs travel with the program, and which of them a ledger holds only when asked for.

A pack whose pack.toml says `posted = "asked"` is put into a ledger by its name (`carbonledger
factors load uk-desnz@2025`), not by `init`. Only the headers are read here; the tables of a pack
are read when the pack is wanted.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType

from carbonledger.errors import FactorRefused
from carbonledger.factors.model import Pack
from carbonledger.factors.pack import HEADER, load_pack
from carbonledger.factors.vocabulary import ASKED, INIT
from carbonledger.resources import folder


@dataclass(frozen=True, slots=True)
class Shipped:
    """A pack that travels with the program.

    Attributes:
        name: `code@edition`.
        place: its folder.
        posted: `init` or `asked` (see `vocabulary.POSTED`).
    """

    name: str
    place: Path
    posted: str


@cache
def shipped() -> Mapping[str, Shipped]:
    """Return what ships, by name, in the order of the names.

    Raises:
        FileNotFoundError: the installation has no factors folder.
    """
    headers = folder("factors").glob(f"*/{HEADER}")
    found = sorted(map(_shipped, headers), key=lambda one: one.name)
    return MappingProxyType({one.name: one for one in found})


def _shipped(header: Path) -> Shipped:
    try:
        raw = tomllib.loads(header.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        # Reading the pack says what is wrong with it.
        return Shipped(header.parent.name, header.parent, INIT)
    name = f"{raw.get('code', '')}@{raw.get('edition', '')}"
    return Shipped(name, header.parent, str(raw.get("posted", INIT)))


@cache
def shipped_packs() -> tuple[Pack, ...]:
    """Return the packs that every ledger gets, sorted by code and edition.

    Raises:
        FactorRefused: an installed pack is damaged.
    """
    packs = (load_pack(one.place) for one in shipped().values() if one.posted != ASKED)
    return tuple(sorted(packs, key=lambda pack: (pack.code, pack.edition)))


@cache
def shipped_pack(name: str) -> Pack:
    """Return a pack that travels with the program, by its name.

    Args:
        name: `uk-desnz@2025`.

    Raises:
        FactorRefused: `pack-unshipped`: none of this name ships; those of a like name are listed.
    """
    one = shipped().get(name)
    if one is None:
        raise FactorRefused(
            f"no pack {name} ships with the program",
            code="pack-unshipped",
            hint=f"{_near(name)}; a pack of your own is loaded by its folder: "
            "carbonledger factors load FOLDER",
        )
    return load_pack(one.place)


def asked_names(known: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of the packs that ship to be asked for, without those known already."""
    there = set(known)
    return tuple(
        name for name, one in shipped().items() if one.posted == ASKED and name not in there
    )


def _near(name: str) -> str:
    code = name.partition("@")[0]
    same = [one for one in shipped() if one.partition("@")[0] == code]
    near = same or get_close_matches(name, shipped(), 3, 0.5)
    return f"there {'is' if len(near) == 1 else 'are'} {', '.join(near)}" if near else (
        "docs/factors.md lists what ships"
    )  # fmt: skip
