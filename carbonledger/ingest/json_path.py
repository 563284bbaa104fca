"""Where things are in a JSON file: a small language of paths, for profiles.

    data.readings[*]      every element of the array `readings` of `data`
    meters[*].values[*]   every element of `values`, of every element of `meters`
    {day}.P{n}            every member of the file, its name kept as `day`; in it P1, P2 …
    rows[{n}]             every element, its place from 0 kept as `n`
    'a.b'[3]              a name with signs of this language; one element, counted from 0
    *                     every member, its name not kept

These lead to the records. From a record a column is reached by

    value   a.b   [0]     what lies in the record
    .                     the record itself, where it is a bare value
    ^.serial              what lies in the object around the record; ^^ is the one around that
    $.meta.unit           what lies in the outermost object
    {day}   UT{n}         what was kept on the way, alone or within a name
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

STEP = re.compile(r"""'(?P<quoted>[^']+)'|\[(?P<index>\*|\d+|\{\w+\})\]|(?P<name>[^.\[\]'"\s]+)""")
KEPT = re.compile(r"\{(\w+)\}")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path.

    Attributes:
        name: of the member; "" where the step leads into an array.
        index: of the element; None where it is every one, or a member.
        kept: name under which the member's name or the element's place is kept, "" for none.
        member: whether the step leads into an object.
        pattern: what the name of a member must look like where it is not a fixed one.
    """

    name: str = ""
    index: int | None = None
    kept: str = ""
    member: bool = True
    pattern: re.Pattern[str] | None = None

    @property
    def fixed(self) -> bool:
        """Whether it leads to one place only."""
        return self.pattern is None if self.member else self.index is not None


@dataclass(frozen=True, slots=True)
class Path:
    """A path, taken apart.

    Attributes:
        text: as written.
        up: from the record to so many objects around it; -1: to the outermost one.
        steps: down from there.
        open: whether it holds names that were kept on the way to the record.
    """

    text: str
    up: int
    steps: tuple[Step, ...]
    open: bool = False

    @property
    def kept(self) -> tuple[str, ...]:
        """Names that the path keeps."""
        return tuple(step.kept for step in self.steps if step.kept)


def parse_path(text: str) -> Path:
    """Take a path apart.

    Raises:
        ValueError: it is none.
    """
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} signs")
    up, rest = _root(text)
    steps: list[Step] = []
    place = 0
    while place < len(rest):
        place += rest[place] == "."
        hit = STEP.match(rest, place)
        if not hit or (steps and rest[place - 1] != "." and not hit["index"]):
            raise ValueError(f"{text!r} is no path at {rest[place:][:20]!r}; see docs/import.md")
        steps.append(_step(hit))
        place = hit.end()
    return Path(text, up, tuple(steps), open="{" in rest)


def _root(text: str) -> tuple[int, str]:
    """Return how far up a path begins, and what is left of it."""
    if text == ".":
        return 0, ""
    if text.startswith("$"):
        return -1, text[1:]
    bare = text.lstrip("^")
    return len(text) - len(bare), bare


def _step(hit: re.Match[str]) -> Step:
    if hit["quoted"]:
        return Step(name=hit["quoted"])
    if hit["index"]:
        index = hit["index"]
        kept = KEPT.fullmatch(index)
        place = int(index) if index.isdigit() else None
        return Step(index=place, kept=kept[1] if kept else "", member=False)
    return _member(hit["name"])


def _member(name: str) -> Step:
    if name == "*":
        return Step(name=name, pattern=re.compile(".*", re.DOTALL))
    parts = KEPT.split(name)
    if len(parts) == 1:
        return Step(name=name)
    if len(parts) > 3:  # noqa: PLR2004 (what stands before, the name, what stands behind)
        raise ValueError(f"{name!r} keeps more than one name in a step")
    before, kept, behind = parts
    # What is kept of P{n} is a number, so that PF or Period are no periods.
    middle = r"(\d+)" if before or behind else "(.+)"
    form = re.escape(before.lstrip("*")) + middle + re.escape(behind)
    return Step(name=name, kept=kept, pattern=re.compile(form, re.DOTALL))


def filled(text: str, kept: Mapping[str, str]) -> str:
    """Return a name with what was kept put in."""
    return KEPT.sub(lambda hit: kept.get(hit[1], hit[0]), text)
