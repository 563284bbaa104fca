"""The rows of a file that cannot be posted, gathered while it is read."""

from dataclasses import dataclass, field

from carbonledger.errors import Fault

SHOWN = 120


class TooManyError(Exception):
    """So many rows are faulty that the file is plainly not what it was taken for."""


@dataclass(slots=True)
class Faults:
    """The faulty rows of one file.

    Attributes:
        file: its name.
        most: how many are gathered before reading stops.
        found: the faults, in the order found.
    """

    file: str
    most: int
    found: list[Fault] = field(default_factory=list)

    def add(self, line: int, column: str, text: object, reason: str) -> None:
        """Note a fault.

        Raises:
            TooManyError: there are more than `most`.
        """
        self.found.append(Fault(self.file, line, column, str(text)[:SHOWN], reason))
        if len(self.found) > self.most:
            raise TooManyError

    def __len__(self) -> int:
        return len(self.found)

    def lines(self) -> set[int]:
        """Return the lines that have a fault."""
        return {fault.line for fault in self.found}

    def sorted(self) -> list[Fault]:
        """Return the faults in the order of the file."""
        return sorted(self.found, key=lambda f: (f.line, f.column, f.reason))
