"""By which first bytes a file of the trade is known; light, since every import looks here."""

from collections.abc import Callable

# By code of the format, in the order in which they are tried.
SIGNS: dict[str, Callable[[bytes], bool]] = {}
