"""Which files a user means who names folders and patterns, and how each of them is read.

`carbonledger-import.toml` in a folder maps patterns of file names to profiles:

    [[file]]
    pattern = "*_gas.csv"
    profile = "gas.toml"

    [[file]]
    pattern = "*.log"
    ignore = true

The first pattern that fits a name holds; a name that fits none must say itself how it is read.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from glob import glob
from pathlib import Path
from typing import Any

from carbonledger.errors import ImportRefused

MAP = "carbonledger-import.toml"
KEYS = {"pattern", "profile", "ignore"}
# What lies beside exports without being one: rejects, profiles and sites, a ledger and its logs.
NO_EXPORT = (".rejects.csv", ".toml", ".db", ".db-wal", ".db-shm", ".db-journal", ".part", ".tmp")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file to import.

    Attributes:
        path: the file, or the archive that holds it.
        profile: that it is read by; None: the file itself says all.
        member: its name within the archive.
        remark: what is left out of the archive, said with its first member.
    """

    path: Path
    profile: Path | None = None
    member: str | None = None
    remark: str = ""

    @property
    def place(self) -> Path:
        """Where it is, for people: a member stands below its archive."""
        return self.path / self.member if self.member else self.path

    @property
    def name(self) -> str:
        """The name that its document has."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name


@dataclass(frozen=True, slots=True)
class Rule:
    """How the files of a folder are read whose names fit a pattern."""

    pattern: str
    profile: Path | None
    ignore: bool


def chosen(
    named: Sequence[Path], *, recursive: bool = False, profile: Path | None = None
) -> list[Chosen]:
    """Return the files that are meant, each once, in the order named; within a folder by name.

    Args:
        named: files, folders, and patterns that the shell left as they are.
        recursive: the folders below a folder too.
        profile: for all of them; None: what `carbonledger-import.toml` beside a file says.

    Raises:
        ImportRefused: a folder or pattern holds no file, or a map of profiles is written wrongly.
    """
    found: dict[Path, Path | None] = {}
    rules: dict[Path, list[Rule]] = {}
    for name in named:
        for path, whole in _files(name, recursive=recursive):
            top = name if whole else path.parent
            rule = None if profile else rule_of(path, top, rules)
            if rule is None or not (rule.ignore and whole):
                found.setdefault(path, profile or (rule.profile if rule else None))
    return [part for path, how in found.items() for part in parts_of(path, how, profile)]


def parts_of(path: Path, how: Path | None, stated: Path | None = None) -> list[Chosen]:
    """Return a file, or each member of an archive, with its profile.

    Args:
        path: the file.
        how: profile for its name.
        stated: profile for all files; it goes before what a map says of the names of members.
    """
    from carbonledger.ingest.containers.archive import listed

    try:
        listing = listed(path)
    except ImportRefused:
        # The import itself is refused for the same reason, in its turn.
        listing = None
    if listing is None:
        return [Chosen(path, how)]
    rules = [] if stated else read_rules(path.parent)
    parts: list[Chosen] = []
    for member in listing.members:
        one = Chosen(path, how, member, "" if parts else listing.remark)
        rule = next((rule for rule in rules if fnmatchcase(one.name, rule.pattern)), None)
        if rule is None or not rule.ignore:
            parts.append(replace(one, profile=(rule and rule.profile) or how))
    return parts


def _files(name: Path, *, recursive: bool) -> Iterator[tuple[Path, bool]]:
    """Yield the files meant by one name, and whether it was that of a folder."""
    if name.is_dir():
        inside = list(files_in(name, recursive=recursive))
        if not inside:
            raise _nothing(name, recursive=recursive)
        yield from ((path, True) for path in inside)
        return
    text = str(name)
    if name.exists() or not any(sign in text for sign in "*?["):
        yield name, False
        return
    matches = sorted(Path(match) for match in glob(text, recursive=True))  # noqa: PTH207 - it may be absolute
    inside = [path for path in matches if path.is_file() and not passed_over(path)]
    if not inside:
        raise _nothing(name, recursive=recursive)
    yield from ((path, False) for path in inside)


def _nothing(name: Path, *, recursive: bool) -> ImportRefused:
    hint = "check the name" if recursive else "check the name; folders below it: --recursive"
    return ImportRefused(f"there is no file to import in {name}", code="folder-empty", hint=hint)


def files_in(folder: Path, *, recursive: bool) -> Iterator[Path]:
    """Yield the files of a folder that may be exports, sorted by name.

    Hidden files are passed over, and what this program puts beside exports itself.
    """
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if recursive and not path.name.startswith(".") and path.suffix != ".documents":
                yield from files_in(path, recursive=True)
        elif path.is_file() and not passed_over(path):
            yield path


def passed_over(path: Path) -> bool:
    """Tell whether a file in a folder is none that is meant."""
    name = path.name.lower()
    return name.startswith((".", "~$")) or name.endswith(NO_EXPORT) or ".importing-" in name


def rule_of(path: Path, top: Path, known: dict[Path, list[Rule]]) -> Rule | None:
    """Return the rule that holds for a file: of its own folder, else of the nearest above.

    Args:
        path: the file.
        top: folder not to look above.
        known: rules read already, by folder.
    """
    folder = path.parent
    while True:
        if folder not in known:
            known[folder] = read_rules(folder)
        for rule in known[folder]:
            if fnmatchcase(path.name, rule.pattern):
                return rule
        if folder in (top, folder.parent):
            return None
        folder = folder.parent


def read_rules(folder: Path) -> list[Rule]:
    """Read the map of a folder; none where there is no such file.

    Raises:
        ImportRefused: it is no TOML, or says something else than patterns and profiles.
    """
    place = folder / MAP
    try:
        text = place.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(place, str(error)) from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(place, str(error)) from error
    listed = tables.pop("file", [])
    if tables or not isinstance(listed, list):
        raise _wrong(place, "it holds something else than tables [[file]]")
    return [_rule(place, table) for table in listed]


def _rule(place: Path, table: Any) -> Rule:
    if not isinstance(table, dict) or set(table) - KEYS:
        raise _wrong(place, f"a table [[file]] has the keys {', '.join(sorted(KEYS))}")
    pattern, profile = table.get("pattern"), table.get("profile")
    ignore = table.get("ignore", False)
    fits = isinstance(profile, str | None) and isinstance(ignore, bool)
    if not isinstance(pattern, str) or not fits or (profile is None) is not ignore:
        raise _wrong(place, "a table [[file]] has a pattern, and a profile or ignore = true")
    if profile is not None and not (place.parent / profile).is_file():
        raise _wrong(place, f"there is no profile {profile}")
    return Rule(pattern, None if profile is None else place.parent / profile, ignore)


def _wrong(place: Path, what: str) -> ImportRefused:
    return ImportRefused(
        f"{place}: {what}",
        code="folder-profile",
        hint='write [[file]], then pattern = "*_gas.csv" and profile = "gas.toml"',
    )
