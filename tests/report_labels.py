"""Names of an invented park, and figures of a report, for samples."""

from decimal import Decimal

from carbonledger.report.stated import NOTHING, Label, Stated

PARK = Label("park", "Tiexi demo park", "铁西示范园区")
TYRES = Label("park/tyres", "Tyre works", "轮胎厂")
CURING = Label("park/tyres/curing", "Curing", "硫化车间")
RUBBER = Label("park/rubber", "Rubber works", "橡胶厂")
BOILER = Label("park/boiler", "Boiler house", "锅炉房")
PV = Label("park/roof-pv", "Roof PV", "屋顶光伏")
GRID = Label("grid", "Public grid", "公共电网")
GAS_WORKS = Label("supplier", "Gas supplier", "燃气公司")
SUN = Label("sun", "Sun", "太阳能")
LANDFILL = Label("landfill", "Landfill", "填埋场")
RECYCLER = Label("recycler", "Recycler", "资源回收企业")

ELECTRICITY = Label("electricity", "Electricity", "电力")
GAS = Label("natural_gas", "Natural gas", "天然气")
DIESEL = Label("diesel", "Diesel", "柴油")
STEAM = Label("steam", "Steam", "蒸汽")
CAR_TYRE = Label("tyre-205", "Tyre 205/55 R16", "轮胎 205/55 R16")
TRUCK_TYRE = Label("tyre-295", "Tyre 295/80 R22.5", "轮胎 295/80 R22.5")
RUBBER_SCRAP = Label("solid_waste", "Industrial solid waste", "工业固体废物")
OIL = Label("hazardous_waste", "Hazardous waste", "危险废物")


def figure(
    key: str,
    value: str | int | Decimal | None,
    unit: str = "",
    formula: str = "",
    reason: Label = NOTHING,
) -> Stated:
    """Build a figure from text, so that its digits are those written."""
    return Stated(key, None if value is None else Decimal(value), unit, formula, reason)
