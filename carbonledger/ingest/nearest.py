"""What a user may have meant by a name that is not known."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

# Comparing takes time; a file with so many unknown names needs another remedy.
MOST, LONGEST = 100, 80


@dataclass(slots=True)
class Nearest:
    """Finds near names for the first unknown ones of a file, for each once."""

    _found: dict[str, str] = field(default_factory=dict)

    def to(self, name: str, choices: Iterable[str]) -> str:
        """Return the choice that is most like a name; "" where none is, or many were asked."""
        if name not in self._found:
            if len(self._found) >= MOST or len(name) > LONGEST:
                return ""
            self._found[name] = next(iter(get_close_matches(name, choices, 1)), "")
        return self._found[name]
