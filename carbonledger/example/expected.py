"""Control totals of the park, from the generator's own whole numbers, before any import."""

from collections.abc import Iterator
from decimal import Decimal

from carbonledger.example import readings
from carbonledger.example.files import fixed
from carbonledger.example.meters import ISO
from carbonledger.example.park import Park
from carbonledger.example.power import WH_PER_TICK
from carbonledger.example.readings import Recorded
from carbonledger.example.records import FILES
from carbonledger.example.year import MONTHS, instants

KWH_PLACES = 3
MARCH = "2024-03"


def lines(park: Park) -> Iterator[str]:
    """Give the lines of EXPECTED.toml; quantities are exact decimals, as text."""
    after = {meter.code: meter for meter in readings.recorded(park)}
    before = {meter.code: meter for meter in readings.recorded(park, corrected=False)}
    yield "# Control totals, computed by the generator. Missing values are left out of the sums;"
    yield "# all but [correction].before are as they stand after the correction of M-003."
    yield from _park(park, after)
    for code, meters in readings.MEMBERS.items():
        yield from _member(code, [after[meter] for meter in meters])
    yield from _correction(before["M-003"], after["M-003"])
    yield from _swap(park)
    yield from _rollover(park)
    yield from _gap(after["M-006"])
    for meter in after.values():
        yield from _meter(meter)
    yield from _records(park)


def _quantity(meter: Recorded, counts: int) -> str:
    return fixed(counts, len(str(meter.per_unit)) - 1)


def _year(meter: Recorded) -> str:
    return _quantity(meter, sum(meter.months().values()))


def _park(park: Park, meters: dict[str, Recorded]) -> Iterator[str]:
    grid, roof = (sum(meters[code].months().values()) for code in ("M-001", "M-002"))
    subs = sum(sum(meters[code].months().values()) for code in readings.SUB_METERS)
    bought = sum(int(record.quantity) for record in FILES["certificates"](park))
    yield "\n[park]"
    yield f'grid_kwh = "{fixed(grid, KWH_PLACES)}"'
    yield f'roof_kwh = "{fixed(roof, KWH_PLACES)}"'
    yield f'entered_kwh = "{fixed(grid + roof, KWH_PLACES)}"'
    yield f'sub_meters_kwh = "{fixed(subs, KWH_PLACES)}"'
    yield f'unmetered_kwh = "{fixed(grid + roof - subs, KWH_PLACES)}"'
    yield f'certificates_mwh = "{bought}"'
    yield f'renewable_kwh = "{fixed(bought * 10**6 + roof, KWH_PLACES)}"'


def _months(named: dict[str, str]) -> str:
    return "{ " + ", ".join(f'"{month}" = "{value}"' for month, value in named.items()) + " }"


def _member(code: str, meters: list[Recorded]) -> Iterator[str]:
    by_month = [meter.months() for meter in meters]
    sums = {month: sum(counts[month] for counts in by_month) for month in MONTHS}
    yield f'\n[member."{code}"]'
    yield f"meters = {[meter.code for meter in meters]}".replace("'", '"')
    yield f'electricity_kwh = "{fixed(sum(sums.values()), KWH_PLACES)}"'
    yield f"months = {_months({m: fixed(wh, KWH_PLACES) for m, wh in sums.items()})}"


def _correction(before: Recorded, after: Recorded) -> Iterator[str]:
    first, then = before.months()[MARCH], after.months()[MARCH]
    yield "\n[correction]"
    yield 'meter = "M-003"'
    yield f'month = "{MARCH}"'
    yield 'days = ["2024-03-12", "2024-03-13"]'
    yield f"values = {len(readings.WRONG_RATIO)}"
    yield f'before_kwh = "{fixed(first, KWH_PLACES)}"'
    yield f'after_kwh = "{fixed(then, KWH_PLACES)}"'
    yield f'difference_kwh = "{fixed(then - first, KWH_PLACES)}"'


def _swap(park: Park) -> Iterator[str]:
    register = readings.curing_register(park)
    at, index = instants(ISO), readings.SWAP_SLOT
    energy = int(park.power.curing_ticks[index]) * WH_PER_TICK
    yield "\n[swap]"
    yield 'meter = "M-005"'
    yield f'at = "{readings.SWAP_AT}"'
    yield f'old_reading = "{fixed(register.old_end, 4)}"'
    yield f'new_reading = "{fixed(readings.NEW_METER_START, 4)}"'
    yield f'interval = ["{at[index]}", "{at[index + 1]}"]'
    shown = (fixed(int(register.readings[i]), 4) for i in (index, index + 1))
    yield 'readings = ["{}", "{}"]'.format(*shown)
    yield f'interval_kwh = "{fixed(energy, KWH_PLACES)}"'


def _rollover(park: Park) -> Iterator[str]:
    register = readings.gas_registers(park)["G-001"]
    at, index = instants(ISO), readings.wrap_slot(park)
    yield "\n[rollover]"
    yield 'meter = "G-001"'
    yield f'interval = ["{at[index]}", "{at[index + 1]}"]'
    yield f'readings = ["{fixed(int(register[index]), 1)}", "{fixed(int(register[index + 1]), 1)}"]'
    yield f'interval_m3 = "{int(park.heat.boiler_m3[index])}"'
    yield f'year_first = "{fixed(int(register[0]), 1)}"'
    yield f'year_last = "{fixed(int(register[-1]), 1)}"'


def _gap(meter: Recorded) -> Iterator[str]:
    lost = int(meter.counts[list(meter.missing)].sum())
    yield "\n[gap]"
    yield f'meter = "{meter.code}"'
    yield 'day = "2024-08-14"'
    yield f"values = {len(meter.missing)}"
    yield f'never_recorded_kwh = "{fixed(lost, KWH_PLACES)}"'


def _meter(meter: Recorded) -> Iterator[str]:
    yield f'\n[meter."{meter.code}"]'
    yield f'commodity = "{meter.commodity}"'
    yield f'unit = "{meter.unit}"'
    yield f"values = {len(meter.counts) - len(meter.missing)}"
    yield f"missing = {len(meter.missing)}"
    yield f'year = "{_year(meter)}"'
    months = {month: _quantity(meter, counts) for month, counts in meter.months().items()}
    yield f"months = {_months(months)}"


def _records(park: Park) -> Iterator[str]:
    for name, build in FILES.items():
        sums: dict[tuple[str, str, str, str], tuple[int, Decimal]] = {}
        for record in build(park):
            key = (record.commodity, record.source, record.target, record.unit)
            rows, total = sums.get(key, (0, Decimal(0)))
            sums[key] = (rows + 1, total + Decimal(record.quantity))
        for (commodity, source, target, unit), (rows, total) in sorted(sums.items()):
            yield f"\n[[records.{name}]]"
            yield f'commodity = "{commodity}"'
            yield f'from = "{source}"'
            yield f'to = "{target}"'
            yield f'unit = "{unit}"'
            yield f"rows = {rows}"
            yield f'total = "{total}"'
