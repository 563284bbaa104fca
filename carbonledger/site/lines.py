"""Which line of a TOML text a table or key stands on; `tomllib` does not say.

The text was parsed by `tomllib` before, so it is valid TOML and a light scan is enough: headers and
keys begin a line, except within multi-line strings and arrays.
"""

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]

_PART = r'(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|\'[^\']*\')'
_PARTS = re.compile(_PART)
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_TABLE = re.compile(rf"[ \t]*\[[ \t]*({_DOTTED})[ \t]*\]")
_ARRAY = re.compile(rf"[ \t]*\[\[[ \t]*({_DOTTED})[ \t]*\]\]")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=[ \t]*")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|[\[\]#]')
_CLOSE = {'"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*"""'), "'''": re.compile(r"(?s:.*?)'''")}


def locate(text: str) -> dict[Path, int]:
    """Return the 1-based line of every table header and key.

    Args:
        text: valid TOML.

    Returns:
        Lines by path; tables of an array carry their index, `("meter", "M-001", 0, "from")`.
    """
    scan = _Scan()
    for number, line in enumerate(text.split("\n"), start=1):
        scan.take(number, line)
    return scan.lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of a path, or of the nearest table around it; 0 when none is known."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 0


class _Scan:
    """Goes through a text line by line."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self._table: Path = ()
        self._tables: dict[Path, int] = {}
        self._quote = ""
        self._depth = 0

    def take(self, number: int, line: str) -> None:
        """Read one line."""
        if self._quote or self._depth:
            self._value(line)
        elif match := _ARRAY.match(line):
            self._enter_array(_decode(match[1]), number)
        elif match := _TABLE.match(line):
            self._enter(self._place(_decode(match[1])), number)
        elif match := _KEY.match(line):
            self.lines.setdefault(self._table + _decode(match[1]), number)
            self._value(line[match.end() :])

    def _enter_array(self, parts: Path, number: int) -> None:
        path = (*self._place(parts[:-1]), parts[-1])
        index = self._tables.get(path, 0)
        self._tables[path] = index + 1
        self._enter((*path, index), number)

    def _enter(self, path: Path, number: int) -> None:
        """Begin a table; the tables around it begin here if nothing said so before."""
        self._table = path
        for end in range(1, len(path) + 1):
            self.lines.setdefault(path[:end], number)

    def _place(self, parts: Path) -> Path:
        """Put the index of the latest table into every part that is an array of tables."""
        path: Path = ()
        for part in parts:
            path = (*path, part)
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
        return path

    def _value(self, rest: str) -> None:
        """Follow strings and brackets, so that the inside of a long value is not read as keys."""
        place = 0
        while True:
            if self._quote:
                end = _CLOSE[self._quote].match(rest, place)
                if end is None:
                    return
                self._quote, place = "", end.end()
            token = _TOKEN.search(rest, place)
            if token is None or token[0] == "#":
                return
            place = token.end()
            if token[0] in _CLOSE:
                self._quote = token[0]
            self._depth += {"[": 1, "]": -1}.get(token[0], 0)


def _decode(dotted: str) -> Path:
    return tuple(_unquote(part) for part in _PARTS.findall(dotted))


def _unquote(part: str) -> str:
    if part[0] == "'" or (part[0] == '"' and "\\" not in part):
        return part[1:-1]
    if part[0] == '"':
        return str(tomllib.loads(f"key = {part}")["key"])
    return part
