"""What of the sample has not arrived and does not close."""

from decimal import Decimal

from report_labels import BOILER, DIESEL, ELECTRICITY, GAS, PARK, RUBBER_SCRAP, STEAM, TYRES, figure

from carbonledger.report.standing import ClosureRow, MissingRow, Standing
from carbonledger.report.stated import NOTHING, Label, phrase


def standing() -> Standing:
    """Return what is missing and what does not close of the sample."""
    gap = _missing("G-001", "bill of the gas", GAS, ("4810", "9120", "m3"), ("10.4", "19.7"))
    slips = MissingRow(
        name="waste slips", meter="", commodity=RUBBER_SCRAP, source=TYRES, target=Label(""),
        owner="office of the tyre works", frequency="month", first_day="2024-11-01",
        last_day="2024-12-31", periods=2, due="2024-12-10", days=Decimal(61),
        low=figure("summary.missing:waste slips:2024-11-01:low", None, "kg", reason=NO_HISTORY),
        high=figure("summary.missing:waste slips:2024-11-01:high", None, "kg", reason=NO_HISTORY),
        low_t=figure("summary.missing:waste slips:2024-11-01:low-t", None, "t", reason=NO_HISTORY),
        high_t=figure("summary.missing:waste slips:2024-11-01:high-t", None, "t",
                      reason=NO_HISTORY),
        affects="total",
    )  # fmt: skip
    return Standing(
        expectations=5,
        missing=(gap, slips),
        closures=(
            _closure(PARK, ELECTRICITY, "39590300 0 38801366.75 0 0 788933.25", "0.0199274402", "231055.2",
                     "outside", ("E-001", "E-002"), ("E-014", "E-021", "E-022")),
            _closure(TYRES, GAS, "1204110 0 1198002 0 0 6108", "0.0050726", "18204.7",
                     "within", ("G-003",), ("G-007", "G-008")),
            _closure(TYRES, STEAM, "1204.5 0 1180 0 0 24.5", "0.0203", None,
                     "undeclared", ("S-001",), ("S-003",)),
            _closure(BOILER, DIESEL, "8400 0 7320 0 1080 0", "0", "0", "closed", (), ()),
        ),
        others=7,
    )  # fmt: skip


NO_HISTORY = phrase("nothing of the kind was ever counted")


def _missing(
    meter: str, name: str, what: Label, amounts: tuple[str, str, str], tonnes: tuple[str, str]
) -> MissingRow:
    low, high, unit = amounts
    key = f"summary.missing:{name}:2024-07-09"
    return MissingRow(
        name=name, meter=meter, commodity=what, source=Label(""), target=Label(""),
        owner="Gas company", frequency="day", first_day="2024-07-09", last_day="2024-07-12",
        periods=4, due="2024-07-12", days=Decimal("3.25"), low=figure(f"{key}:low", low, unit),
        high=figure(f"{key}:high", high, unit), low_t=figure(f"{key}:low-t", tonnes[0], "t"),
        high_t=figure(f"{key}:high-t", tonnes[1], "t"), affects="total",
    )  # fmt: skip


def _closure(
    account: Label, what: Label, cells: str, share: str, tolerance: str | None, state: str,
    main: tuple[str, ...], sub: tuple[str, ...],
) -> ClosureRow:  # fmt: skip
    names = ("inflow", "made", "outflow", "consumed", "stock_change", "unexplained")
    units = {STEAM.code: "GJ", DIESEL.code: "kg", GAS.code: "m3"}
    unit, key = units.get(what.code, "kWh"), f"summary.closure:{what.code}:{account.code}"
    return ClosureRow(
        account=account, commodity=what, share=figure(f"{key}:share", share),
        tolerance=figure(f"{key}:tolerance", tolerance, unit,
                         reason=NOTHING if tolerance else phrase("no limit for S-003")),
        state=state, main=main, sub=sub, undeclared=() if tolerance else ("S-003",),
        **{name: figure(f"{key}:{name}", value, unit)
           for name, value in zip(names, cells.split(), strict=True)},
    )  # fmt: skip
