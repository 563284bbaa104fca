"""From the lines of an inventory to the inputs it rests on: meters, records, factors, GWPs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from carbonledger.calc.model import Books, EmissionLine, Figure, Flow, flow_key
from carbonledger.calc.uncertainty.model import FACTOR, GWP, RECORD, Term

Ends = tuple[str, str, str]
"""Source, target and commodity of a flow."""
Counted = Mapping[Ends, Mapping[str, float]]
"""By flow, the inputs it rests on, and what each counted of it."""
MG_IN_T = 1e9
EQUIVALENT = ("co2", "co2e")


def terms_of(
    lines: Iterable[EmissionLine], figures: Iterable[Figure], books: Books, counted: Counted
) -> dict[Term, float]:
    """Split emission lines into products of independent inputs, in tonnes of CO2e.

    The activity of a line is a sum of flows: what its account took in less what it gave on, or,
    for purchased energy, what crossed the boundary in that month. Each flow stands for the meters
    that counted it, in proportion to what they counted. A line whose flows cannot be told rests
    on a record of its own account.

    Args:
        lines: of an inventory.
        figures: of the same inventory.
        books: flows of the whole site.
        counted: what meters and records counted in the period.
    """
    reader = _Flows(figures, books, counted)
    terms: dict[Term, float] = defaultdict(float)
    for line in lines:
        if not line.co2e_mg:
            continue
        factor = f"{FACTOR}:{line.factor}" if line.factor else ""
        gwp = "" if line.gas in EQUIVALENT else f"{GWP}:{line.gas}"
        for activity, part in reader.parts(line).items():
            terms[Term(line.scope, activity, factor, gwp)] += line.co2e_mg / MG_IN_T * part
    return dict(terms)


class _Flows:
    """Finds what the activities of lines were summed from."""

    def __init__(self, figures: Iterable[Figure], books: Books, counted: Counted) -> None:
        self._figures = {figure.key: figure.inputs for figure in figures}
        self._flows = {flow_key(flow): flow for flow in books.flows}
        self._books, self._counted = books, counted
        self._known: dict[tuple[str, str, tuple[str, ...]], dict[str, float]] = {}

    def parts(self, line: EmissionLine) -> dict[str, float]:
        """Return by input the part of a line's activity that it counts; they add up to 1."""
        key = (line.account, line.commodity, line.inputs)
        if key not in self._known:
            self._known[key] = self._parts(*key)
        return self._known[key]

    def _parts(self, account: str, commodity: str, inputs: tuple[str, ...]) -> dict[str, float]:
        sums: dict[str, float] = defaultdict(float)
        for flow in self._leaves(inputs, set()):
            if flow.commodity == commodity:
                for name, quantity in self._inputs(flow).items():
                    sums[name] += self._sign(flow, account) * quantity
        net, gross = sum(sums.values()), sum(map(abs, sums.values()))
        if not gross:
            return {f"{RECORD}:{commodity}:{account}": 1.0}
        if abs(net) < 1e-9 * gross:
            return {name: abs(quantity) / gross for name, quantity in sums.items()}
        return {name: quantity / net for name, quantity in sums.items()}

    def _leaves(self, keys: Iterable[str], seen: set[str]) -> Iterator[Flow]:
        for key in keys:
            if key in seen:
                continue
            seen.add(key)
            if key in self._flows:
                yield self._flows[key]
            else:
                yield from self._leaves(self._figures.get(key, ()), seen)

    def _sign(self, flow: Flow, account: str) -> int:
        if account in (flow.source, flow.target):
            return 1 if flow.target == account else -1
        return 1 if self._books.inside(flow.target) else -1

    def _inputs(self, flow: Flow) -> dict[str, float]:
        """Share a flow over what counted it."""
        found = self._counted.get((flow.source, flow.target, flow.commodity), {})
        whole = sum(found.values())
        if not whole:
            return {record_key(flow.source, flow.target, flow.commodity): float(flow.quantity)}
        return {name: flow.quantity * part / whole for name, part in found.items()}


def record_key(source: str, target: str, commodity: str) -> str:
    """Name what records state of a flow."""
    return f"{RECORD}:{commodity}:{source}>{target}"
