"""What a checker computes again of a run, as data: each figure as a sum or quotient of others.

A check says `figure = factor × Σ number × term / Σ number × term`, apart from at most `within`. A
term is a figure, `line:7` (kg CO2e), `activity:7` or a flow (both in their unit), all lines of a
scope (`scope:1`, kg CO2e), or a node of a footprint (`nodes.py`). Where the formula of a figure
leaves nothing open the check is stated as it is. Where signs depend on the role of an account, it
is stated if it holds, and a figure without a check is listed by the checker as not computed again.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from carbonledger.calc.inventory import BIOGENIC
from carbonledger.calc.inventory import SCOPES as SCOPE_FIGURES
from carbonledger.calc.model import Figure
from carbonledger.calc.product import MAKER
from carbonledger.factors.lookup import kilograms_per_unit
from carbonledger.run.flows import flow_parts
from carbonledger.run.question import Material

Terms = dict[str, str]
HALF = Fraction(1, 2)
RATIO = HALF / 10**9
"""Quotients are rounded to nine decimal places."""
MG_OF_KG = HALF / 10**6
MG_OF_T = HALF / 10**9
LINES = ("Σ lines", "Σ inventory lines", "Σ direct lines", "Σ biogenic")
# Formulas that are the sum of what the figure names; what begins alike may say more.
SUMS = frozenset((
    "Σ months", "Σ carriers of the month", "Σ accounts", "Σ members + shared", "Σ utilised",
    "Σ upstream burdens", "Σ burdens that found no product", "own + direct + certified",
))  # fmt: skip
SUMS_OF = ("Σ scopes ", "Σ carriers (")
FLOWS = (
    "Σ flows from", "Σ flows to ", "Σ flows beyond", "Σ flows to the treatment",
)  # fmt: skip
SCOPES = {key: scope for scope, (key, _) in SCOPE_FIGURES.items()} | {BIOGENIC: BIOGENIC}
UPSTREAM = re.compile(r"Σ flows × ([0-9.]+) kgCO2e/")
COEFFICIENT = re.compile(r"[-0-9.]+ \S+(?:, own generation [-0-9.]+)? × (\S+@\S+/\S+)")
VALUE_ADDED = "value added (万CNY)"
TEN_THOUSANDTH = "1/10000"


class Checks:
    """Makes the checks of a run."""

    def __init__(
        self, material: Material, figures: Mapping[str, Figure], lines: Sequence[Mapping[str, Any]]
    ) -> None:
        self.figures = figures
        self._lines = {row["line"]: row for row in lines}
        self._books = material.books
        self._flows = {
            (f.source, f.target, f.commodity, f.month): f.quantity for f in material.books.flows
        }
        self._factors = {factor.key: factor for factor in material.all_factors}
        self._units = {code: one.unit for code, one in material.state.commodities.items()}

    def all(self) -> Iterator[dict[str, Any]]:
        """Give the checks of all figures, and of the activities of all lines."""
        for figure in self.figures.values():
            if figure.value is None:
                continue
            for make in (self._stated, self._upstream, self._if_it_holds):
                found = make(figure)
                if found is not None:
                    yield {"figure": figure.key, **found}
                    break
        for key, scope in SCOPES.items():
            # A scope that was not assessed has no sum.
            if key in self.figures and self.figures[key].value is not None:
                yield {"figure": key, "terms": {f"scope:{scope}": "1/1000"}}
        for number, row in self._lines.items():
            terms = self._activity(row)
            if terms and self._sum(terms) == Fraction(row["activity"], 10**6):
                yield {"figure": f"activity:{number}", "terms": terms}
        yield from self._shared_imports()

    def _stated(self, figure: Figure) -> dict[str, Any] | None:
        """Check a sum or quotient whose formula leaves nothing open."""
        formula, keys = figure.formula, figure.inputs
        kinds = {_kind(key) for key in keys}
        if not figure.value and not keys:
            return {"terms": {}}
        if formula in SUMS and kinds == {"figure"}:
            return {"terms": _each(keys, "1")}
        if formula == "direct + upstream − products − unallocated":
            return {"terms": dict(zip(keys, ("1", "1", "-1", "-1"), strict=True))}
        for starts, kind, number, prefix in (
            (("Σ activity of lines",), "line", "1", "activity:"),
            (LINES, "line", "1/1000" if figure.unit == "t" else "1", ""),
            (SUMS_OF, "figure", "1", ""),
            (FLOWS, "flow", "1", ""),
        ):
            if formula.startswith(starts) and kinds <= {kind} and "×" not in formula[:40]:
                return {"terms": _each(keys, number, prefix)}
        return self._quotient(figure)

    def _quotient(self, figure: Figure) -> dict[str, Any] | None:
        """Check a quotient of which the last input is the divisor, or value added is."""
        part, slash, whole = figure.formula.partition(" / ")
        flows = [key for key in figure.inputs if _kind(key) == "flow"]
        rest = [key for key in figure.inputs if _kind(key) != "flow"]
        if not slash or not rest or "(" in part + whole.removesuffix(VALUE_ADDED):
            return self._bracketed(figure, rest) if slash and not flows else None
        if whole == VALUE_ADDED and flows:
            over = {key: f"{sign}{TEN_THOUSANDTH}" for key, sign in self._outward(flows).items()}
            return self._divided(_each(rest, "1"), over)
        if flows or len(rest) < 2:  # noqa: PLR2004 - a part and a whole
            return None
        times = "100" if whole.endswith("× 100") else "1"
        found = self._divided(_each(rest[:-1], times), {rest[-1]: "1"})
        # Beside a published average our figure stands in the unit of that one.
        ours = figure.key.startswith("comparison:") and figure.key.endswith(":ours")
        return found if not ours or self._holds(figure, found) else None

    def _bracketed(self, figure: Figure, keys: Sequence[str]) -> dict[str, Any] | None:
        """Check a quotient with a sum above or below the line, if it holds."""
        for cut in range(1, len(keys)):
            found = self._divided(_each(keys[:cut], "1"), _each(keys[cut:], "1"))
            if self._holds(figure, found):
                return found
        return None

    def _divided(self, terms: Terms, over: Terms) -> dict[str, Any]:
        """State a quotient; where a part was rounded before, it may differ by as much more."""
        rounded = [key for key in terms if " / " in getattr(self.figures.get(key), "formula", "")]
        more = RATIO * len(rounded) / (abs(self._sum(over)) or Fraction(1))
        return {"terms": terms, "over": over, "within": str(RATIO + more)}

    def _outward(self, flows: Sequence[str]) -> dict[str, str]:
        return {key: "-" if self._inward(key) > 0 else "" for key in flows}

    def _upstream(self, figure: Figure) -> dict[str, Any] | None:
        """Check an upstream burden: flows times a footprint that the formula states."""
        stated = UPSTREAM.match(figure.formula)
        if stated is None:
            return None
        terms: Terms = {}
        for key in figure.inputs:
            for name, sign in self._posted(key).items():
                terms[name] = f"{'-' if sign < 0 else ''}{stated[1]}"
        found = {"terms": terms, "within": str(MG_OF_KG)}
        return found if self._holds(figure, found) else None

    def _posted(self, key: str) -> dict[str, int]:
        """Resolve what footprints put in beside the posted flows: own generation."""
        parts = flow_parts(key)
        if parts is None or parts[0] != MAKER:
            return {key: 1}
        account, month = parts[1], parts[3]
        return {
            name: 1 if source == account else -1
            for name, (source, target, good, when) in self._named()
            if account in (source, target) and when == month and good == "electricity"
        }

    def _named(self) -> Iterator[tuple[str, tuple[str, str, str, str]]]:
        for key in self._flows:
            source, target, good, month = key
            yield f"flow:{good}:{source}>{target}:{month}", key

    def _if_it_holds(self, figure: Figure) -> dict[str, Any] | None:
        """Check flows with signs by their way over the boundary, or by what makes energy."""
        if {_kind(key) for key in figure.inputs} != {"flow"}:
            return None
        coefficient = COEFFICIENT.fullmatch(figure.formula)
        more: dict[str, Any] = {}
        if coefficient is not None and coefficient[1] in self._factors:
            unit = self._units[(flow_parts(figure.inputs[0]) or ("", "", "", ""))[2]]
            more = {"factor": coefficient[1], "unit": unit, "within": str(MG_OF_T)}
        account = [*figure.key.split(":"), "", "", ""][2]
        for signs in (
            self._inward,
            self._with_own,
            lambda key: self._towards(key, account),
            lambda key: -self._towards(key, account),
        ):
            # Standard coal is weighed in tonnes.
            of = "/1000" if more else ""
            terms = {key: f"{signs(key)}{of}" for key in figure.inputs if signs(key)}
            found = {"terms": terms, **more}
            if terms and self._holds(figure, found):
                return found
        return None

    def _inward(self, key: str) -> int:
        parts = flow_parts(key)
        if parts is None:
            return 0
        return self._books.inside(parts[1]) - self._books.inside(parts[0])

    def _with_own(self, key: str) -> int:
        """Count what crosses the boundary, and what generators within it give less take."""
        source, target, _, _ = flow_parts(key) or ("", "", "", "")
        return self._inward(key) + self._makes(source) - self._makes(target)

    def _makes(self, code: str) -> bool:
        place = self._books.accounts.get(code)
        return place is not None and place.kind == "generator" and self._books.inside(code)

    def _activity(self, row: Mapping[str, Any]) -> Terms:
        """Sum the flows of a line, what came to its account less what left it; or the reverse."""
        keys = json.loads(row["inputs"])
        if not keys or any(_kind(key) != "flow" for key in keys):
            return {}
        signs = {key: self._towards(key, row["account"]) for key in keys}
        turn = -1 if self._sum({k: str(s) for k, s in signs.items()}) < 0 else 1
        return {key: str(sign * turn) for key, sign in signs.items() if sign}

    def _towards(self, key: str, account: str) -> int:
        source, target, _, _ = flow_parts(key) or ("", "", "", "")
        return (target == account) - (source == account)

    def _shared_imports(self) -> Iterator[dict[str, Any]]:
        """Check that what was shared over accounts adds up to what came in, in each scope."""
        for figure in self.figures.values():
            if not figure.key.startswith("import:"):
                continue
            mine = [r for r in self._lines.values() if figure.key in json.loads(r["inputs"])]
            for scope in sorted({row["scope"] for row in mine}):
                numbers = [str(row["line"]) for row in mine if row["scope"] == scope]
                found = {"terms": _each(numbers, "1", "activity:")}
                if self._holds(figure, found):
                    yield {"figure": figure.key, **found}

    def _holds(self, figure: Figure, check: Mapping[str, Any]) -> bool:
        value = self._sum(check["terms"])
        if "factor" in check:
            value *= kilograms_per_unit(self._factors[check["factor"]], check["unit"])
        if "over" in check:
            whole = self._sum(check["over"])
            if not whole:
                return False
            value /= whole
        return abs(Fraction(figure.value or 0) - value) <= Fraction(check.get("within", 0))

    def _sum(self, terms: Mapping[str, str]) -> Fraction:
        return sum((Fraction(n) * self._value(key) for key, n in terms.items()), Fraction(0))

    def _value(self, key: str) -> Fraction:
        parts = flow_parts(key)
        if parts is not None:
            return Fraction(self._flows.get(parts, 0), 10**6)
        name, _, number = key.partition(":")
        columns: dict[str, Callable[[Mapping[str, Any]], Fraction]] = {
            "line": lambda row: Fraction(row["co2e_mg"], 10**6),
            "activity": lambda row: Fraction(row["activity"], 10**6),
        }
        if name in columns and number.isdecimal():
            return columns[name](self._lines[int(number)])
        return Fraction(self.figures[key].value or 0) if key in self.figures else Fraction(0)


def _kind(key: str) -> str:
    if key.startswith("line:"):
        return "line"
    return "flow" if flow_parts(key) else "figure"


def _each(keys: Sequence[str], number: str, prefix: str = "") -> Terms:
    return {prefix + key.removeprefix("line:") if prefix else key: number for key in keys}
