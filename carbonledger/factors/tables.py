"""Strict reading of TOML tables: every key is named, typed and used, or the file is refused."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from carbonledger.errors import FactorRefused

T = TypeVar("T")
Names = dict[str, str]


class Table:
    """A TOML table that is read key by key and refuses what nobody asked for.

    Args:
        raw: the table as `tomllib` gives it.
        where: path of the table in its file, for messages.
    """

    def __init__(self, raw: Mapping[str, object], where: str) -> None:
        self._left = dict(raw)
        self.where = where

    def text(self, key: str, default: str | None = None) -> str:
        """Take a string; without a default it is required."""
        return self._take(key, str, default)

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Take a list of strings; without a default it is required."""
        if key not in self._left and default is not None:
            return default
        values = self._take(key, list, None)
        if not all(isinstance(value, str) for value in values):
            raise self.refusal(key, "holds something that is no text")
        return tuple(values)

    def number(self, key: str, default: Decimal | None = None) -> Decimal | None:
        """Take an exact decimal, which the file must quote: `"0.2"`, because floats lose digits."""
        if key not in self._left:
            return default
        text = self._take(key, str, None)
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise self.refusal(key, f"is no decimal number: {text!r}") from None
        if not value.is_finite():
            raise self.refusal(key, f"is no finite number: {text!r}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Take true or false."""
        return self._take(key, bool, default)

    def names(self, key: str) -> Names:
        """Take a text in English and Chinese: `{ en = "…", zh = "…" }`, both required."""
        inner = self.table(key)
        pair = {"en": inner.text("en"), "zh": inner.text("zh")}
        inner.done()
        return pair

    def strings(self, key: str) -> Names:
        """Take a table of strings; empty when it is missing."""
        raw = self._take(key, dict, {})
        if not all(isinstance(value, str) for value in raw.values()):
            raise self.refusal(key, "holds something that is no text")
        return dict(raw)

    def table(self, key: str) -> "Table":
        """Take an inner table, required."""
        return Table(self._take(key, dict, None), f"{self.where}.{key}")

    def optional(self, key: str, read: Callable[["Table"], T]) -> T | None:
        """Read an inner table where there is one."""
        return self.read(key, read) if key in self._left else None

    def read(self, key: str, read: Callable[["Table"], T]) -> T:
        """Read an inner table with `read` and refuse what it left over."""
        inner = self.table(key)
        value = read(inner)
        inner.done()
        return value

    def each(self, key: str, read: Callable[["Table"], T]) -> tuple[T, ...]:
        """Read an array of tables with `read`; empty when it is missing."""
        raw = self._take(key, list, [])
        read_ones: list[T] = []
        for number, one in enumerate(raw, start=1):
            if not isinstance(one, dict):
                raise self.refusal(key, "holds something that is no table")
            inner = Table(one, f"{self.where}.{key}[{number}]")
            read_ones.append(read(inner))
            inner.done()
        return tuple(read_ones)

    def by_name(
        self, key: str, read: Callable[["Table"], T], *, required: bool = True
    ) -> dict[str, T]:
        """Read a table of tables with `read`, by name; empty when it is missing and may be."""
        if key not in self._left and not required:
            return {}
        outer = self.table(key)
        return {name: outer.read(name, read) for name in outer.left()}

    def left(self) -> tuple[str, ...]:
        """List the keys not yet taken."""
        return tuple(self._left)

    def done(self) -> None:
        """Refuse keys that nobody asked for: a misspelt rule must not fall silently away."""
        if self._left:
            unknown = ", ".join(sorted(self._left))
            raise FactorRefused(
                f"{self.where}: unknown {unknown}", code="method", hint="correct or remove it"
            )

    def refusal(self, key: str, fault: str) -> FactorRefused:
        """Make the refusal of one key."""
        return FactorRefused(f"{self.where}: {key} {fault}", code="method")

    def _take(self, key: str, kind: type[T], default: T | None) -> T:
        if key not in self._left:
            if default is None:
                raise self.refusal(key, "is missing")
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind):
            raise self.refusal(key, f"must be {kind.__name__}, is {type(value).__name__}")
        return value
