"""Meters that lead in a circle.

A flow from an account to itself is refused by the table of its meter already. Here: meters of one
commodity that lead through accounts inside and back to the start, A → B → A, on the same day. Most
often two ends are swapped, and then consumption is counted with the wrong sign and no sum shows it.

Three kinds of circle are in order: one through an account outside (what the grid delivers and what
it takes back), one through an account that can send on what it got at another time or in another
form (stock, generator, chp), and one that the user declares: `returns = true` on one meter of it.
Circles of different commodities (water for power, power for water) are what footprints solve.
"""

from collections.abc import Iterable, Iterator, Mapping

from carbonledger.errors import Fault
from carbonledger.ledger.state import revision_on
from carbonledger.site.declared import DeclaredAccount, DeclaredMeter, DeclaredPeriod
from carbonledger.site.fields import Source

TURNING = ("stock", "generator", "chp")
MOST = 20
"""Circles reported of one commodity on one day."""
Link = tuple[DeclaredMeter, DeclaredPeriod]
Edges = dict[str, dict[str, Link]]
"""Meters by the account they lead to, by the account they lead from."""


def check_loops(
    source: Source, meters: Mapping[str, DeclaredMeter], accounts: Mapping[str, DeclaredAccount]
) -> None:
    """Note one fault for each circle of meters, at the meter that closes it.

    Args:
        source: the file, takes the faults.
        meters: the meters of the file.
        accounts: every account they may refer to.
    """
    for commodity in sorted({r.commodity for m in meters.values() for r in m.revisions}):
        ever = [(m, p) for m in meters.values() for p in m.periods if _of(p, commodity)]
        # A circle over all time is needed for one on a day, and most sites have none.
        if not find_circle(_edges(ever, accounts)):
            continue
        reported: set[tuple[str, ...]] = set()
        for day in sorted({period.revision.valid_from for _, period in ever}):
            edges = _edges([(m, p) for m, p in ever if _holds(m, p, day)], accounts)
            for circle in _circles(edges):
                codes = tuple(sorted(meter.code for meter, _ in circle))
                if codes not in reported:
                    reported.add(codes)
                    source.faults.append(_fault(source.file, circle))


def _of(period: DeclaredPeriod, commodity: str) -> bool:
    return period.revision.commodity == commodity and not period.returns


def _holds(meter: DeclaredMeter, period: DeclaredPeriod, day: int) -> bool:
    return revision_on(meter.revisions, day) is period.revision


def _edges(links: Iterable[Link], accounts: Mapping[str, DeclaredAccount]) -> Edges:
    edges: Edges = {}
    for meter, period in links:
        start, end = period.revision.source, period.revision.target
        if start != end and _plain(accounts.get(start)) and _plain(accounts.get(end)):
            edges.setdefault(start, {}).setdefault(end, (meter, period))
    return edges


def _circles(edges: Edges) -> Iterator[list[Link]]:
    """Yield the links of each circle; the one that closes it is opened before the next search."""
    for _ in range(MOST):
        places = find_circle(edges)
        if not places:
            return
        ends = zip(places, [*places[1:], places[0]], strict=True)
        circle = [edges[start][end] for start, end in ends]
        yield circle
        closing = _closing(circle)[1].revision
        del edges[closing.source][closing.target]


def _closing(circle: list[Link]) -> Link:
    return max(circle, key=lambda link: link[1].line)


def _plain(account: DeclaredAccount | None) -> bool:
    """Tell whether an account can only pass a flow on, not turn it round."""
    return account is not None and not account.outside and account.kind not in TURNING


def find_circle(edges: Edges) -> list[str]:
    """Return the accounts of one circle in order, [] when there is none.

    Depth first with an explicit stack, so that long chains are no deeper than short ones.
    """
    done: set[str] = set()
    for start in edges:
        path: dict[str, None] = {}
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            account, leave = stack.pop()
            if leave:
                path.pop(account)
                done.add(account)
            elif account in path:
                places = list(path)
                return places[places.index(account) :]
            elif account not in done:
                path[account] = None
                stack.append((account, True))
                stack.extend((target, False) for target in edges.get(account, ()))
    return []


def _fault(file: str, circle: list[Link]) -> Fault:
    places = [period.revision.source for _, period in circle]
    meter, period = _closing(circle)
    return Fault(
        file,
        period.line,
        "",
        meter.code,
        f"a loop: the meters {', '.join(m.code for m, _ in circle)} lead "
        f"{period.revision.commodity} in a circle, {' → '.join([*places, places[0]])}; if the "
        "flow really returns, write returns = true in the table of the meter of the return",
    )
