"""The flows that figures rest on, through whatever lies between."""

from collections.abc import Iterable, Sequence

from carbonledger.calc.model import EmissionLine, Figure

LINE, FLOW = "line:", "flow:"


class Below:
    """Finds flows below figures.

    Args:
        figures: figures of one calculation.
        lines: its lines, numbered from 1 on.
    """

    def __init__(self, figures: Iterable[Figure], lines: Sequence[EmissionLine]) -> None:
        self._inputs = {figure.key: figure.inputs for figure in figures}
        self._inputs |= {f"{LINE}{n}": line.inputs for n, line in enumerate(lines, 1)}

    def flows(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return the flows below some keys, each once, ascending."""
        seen: set[str] = set()
        frontier = list(keys)
        while frontier:
            key = frontier.pop()
            if key not in seen:
                seen.add(key)
                frontier += self._inputs.get(key, ())
        return tuple(sorted(key for key in seen if key.startswith(FLOW)))
