"""The records of a JSON file, one at a time, with what lies around each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from carbonledger.ingest.formats.json_text import Text
from carbonledger.ingest.json_path import Path, Step, filled

MISSING = object()
Kept = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was found.

    Attributes:
        value: the record; numbers are texts.
        kept: what the path to it kept.
        around: of each object around it, from the outermost on, the members that are asked for.
    """

    value: Any
    kept: Kept
    around: tuple[dict[str, Any], ...]


@dataclass(slots=True)
class Walk:
    """Walks through a file along a path.

    Attributes:
        text: the file.
        path: to its records.
        asked: by object around the record, from the outermost on, the members that are asked for.
    """

    text: Text
    path: Path
    asked: list[set[str]] = field(default_factory=list)

    def records(self) -> Iterator[Record]:
        """Yield the records of all values of the file: of JSON lines there are many."""
        self.text.place = 0
        while self.text.sign():
            yield from self._walk(0, {}, ())

    def _walk(self, depth: int, kept: Kept, around: tuple[dict[str, Any], ...]) -> Iterator[Record]:
        if depth == len(self.path.steps):
            yield Record(self.text.value(), kept, around)
            return
        step = self.path.steps[depth]
        opens = self.text.sign()
        if step.member and opens == "{":
            yield from self._object(step, depth, kept, around)
        elif not step.member and opens == "[":
            yield from self._array(step, depth, kept, around)
        else:
            self.text.value(build=False)

    def _object(
        self, step: Step, depth: int, kept: Kept, around: tuple[dict[str, Any], ...]
    ) -> Iterator[Record]:
        asked = self.asked[len(around)] if len(around) < len(self.asked) else set()
        here: dict[str, Any] = {}
        ways: list[tuple[int, Kept]] = []
        for name in self.text.members():
            place = self.text.place
            more = matched(step, name)
            if more is not None and not asked:
                yield from self._walk(depth + 1, {**kept, **more}, (*around, here))
                continue
            found = self.text.value(build=name in asked)
            if name in asked:
                here[name] = found
            if more is not None:
                ways.append((place, {**kept, **more}))
        behind = self.text.place
        for place, more in ways:
            self.text.place = place
            yield from self._walk(depth + 1, more, (*around, here))
        self.text.place = behind

    def _array(
        self, step: Step, depth: int, kept: Kept, around: tuple[dict[str, Any], ...]
    ) -> Iterator[Record]:
        for place in self.text.elements():
            if step.index not in (None, place):
                self.text.value(build=False)
                continue
            more = {**kept, step.kept: str(place)} if step.kept else kept
            if depth + 1 == len(self.path.steps):
                yield Record(self.text.value(), more, around)
            else:
                yield from self._walk(depth + 1, more, around)


def matched(step: Step, name: str) -> Kept | None:
    """Return what a step keeps of a member's name; None where it does not lead there."""
    if step.pattern is None:
        return {} if step.name == name else None
    hit = step.pattern.fullmatch(name)
    if hit is None:
        return None
    return {step.kept: hit[1]} if step.kept else {}


def spread(value: Any, steps: tuple[Step, ...], kept: Kept) -> Iterator[tuple[Any, Kept]]:
    """Yield all that a path leads to within a record, each with what was kept."""
    if not steps:
        yield value, kept
        return
    step, rest = steps[0], steps[1:]
    if step.member and isinstance(value, dict):
        for name, inner in value.items():
            more = matched(step, name)
            if more is not None:
                yield from spread(inner, rest, {**kept, **more})
    elif not step.member and isinstance(value, list):
        for place, inner in enumerate(value):
            if step.index in (None, place):
                more = {step.kept: str(place)} if step.kept else {}
                yield from spread(inner, rest, {**kept, **more})


def reached(record: Record, path: Path, kept: Kept) -> Any:
    """Return what a path of a column leads to from a record; MISSING where there is nothing."""
    if path.open and len(path.steps) == 1 and path.steps[0].name == f"{{{path.steps[0].kept}}}":
        return kept.get(path.steps[0].kept, MISSING)
    value = record.value
    if path.up:
        value = record.around[0 if path.up < 0 else len(record.around) - path.up]
    for step in path.steps:
        if step.member and isinstance(value, dict):
            value = value.get(filled(step.name, kept) if path.open else step.name, MISSING)
        elif step.index is not None and isinstance(value, list) and step.index < len(value):
            value = value[step.index]
        else:
            return MISSING
    return value
