"""A park summary of an invented park: the shape of the real thing, figures that fit together."""

from collections.abc import Iterable
from decimal import Decimal

from report_grades import FITS, GRADES
from report_labels import (
    BOILER,
    CAR_TYRE,
    CURING,
    DIESEL,
    ELECTRICITY,
    GAS,
    GAS_WORKS,
    GRID,
    LANDFILL,
    OIL,
    PARK,
    PV,
    RECYCLER,
    RUBBER,
    RUBBER_SCRAP,
    STEAM,
    SUN,
    TRUCK_TYRE,
    TYRES,
    figure,
)
from report_origin import factors, provenance
from report_standing import standing

from carbonledger.report.data import (
    Benchmark,
    Flows,
    Header,
    Indicator,
    Indicators,
    ParkSummary,
    Place,
    Renewable,
    RenewableMonth,
    Stream,
    Waste,
    WasteRow,
)
from carbonledger.report.emitted import Category, Pollutant
from carbonledger.report.quality import Correction, Event, Gap, MeterRow, Quality
from carbonledger.report.sections import (
    Balance,
    BalanceRow,
    Carrier,
    Emissions,
    Energy,
    LeftOver,
    Member,
    Members,
    NotCovered,
    Part,
    Product,
    Products,
    Reconciliation,
    Scope,
    Source,
)
from carbonledger.report.stated import Label, Stated, phrase

MONTHS = tuple(f"2024-{month:02}" for month in range(1, 13))

# kWh of the months: bought, own; m3 of gas; kg of diesel.
BOUGHT = (3_412_806, 2_102_447, 3_398_120, 3_270_555, 3_301_918, 3_388_474,
          2_960_301, 3_402_333, 3_290_116, 3_010_220, 3_366_048, 3_450_962)  # fmt: skip
OWN = (61_204, 70_311, 112_870, 131_442, 149_206, 140_318,
       133_507, 127_660, 110_029, 88_714, 60_112, 50_627)  # fmt: skip
GAS_M3 = (402_118, 251_330, 377_204, 338_917, 309_114, 288_320,
          247_118, 290_007, 300_402, 310_889, 361_240, 405_341)  # fmt: skip
DIESEL_KG = (3_210, 1_840, 3_005, 3_104, 3_312, 3_280, 2_560, 3_011, 3_118, 2_905, 3_066, 3_149)
GREEN = (0, 0, 900_000, 900_000, 900_000, 900_000, 900_000, 900_000, 900_000, 900_000, 0, 0)
EQUIVALENT = {ELECTRICITY: "0.0001229", GAS: "0.00133", DIESEL: "0.0014571"}
EQUAL = EQUIVALENT | {ELECTRICITY: "0.0002856"}


def park_summary() -> ParkSummary:
    """Return the sample."""
    return ParkSummary(
        header=_header(),
        standing=standing(),
        intensity=figure(
            "intensity.co2-per-energy",
            "2.086920",
            "tCO2/tce",
            "emissions of the park / comprehensive energy consumption",
        ),
        energy=_energy(),
        flows=_flows(),
        balance=_balance(),
        renewable=_renewable(),
        emissions=_emissions(),
        members=_members(),
        products=_products(),
        indicators=_indicators(),
        benchmarks=_benchmarks(),
        waste=_waste(),
        pollutants=_pollutants(),
        quality=_quality(),
        factors=factors(),
        provenance=provenance(),
    )


def _header() -> Header:
    return Header(
        site=PARK,
        boundary=PARK,
        region="CN-LN",
        timezone="Asia/Shanghai",
        period="2024",
        first_day="2024-01-01",
        last_day="2024-12-31",
        months=MONTHS,
        method=Label(
            "cn-zero-carbon-park@2025",
            "National zero-carbon park accounting (trial), NDRC 2025 No. 910, annex 4",
            "零碳园区碳排放核算方法（试行），发改环资〔2025〕910号附件4",
        ),
        tce_basis="equal",
        prepared_for="Tiexi park authority",
    )


def _energy() -> Energy:
    used = {
        ELECTRICITY: tuple(a + b for a, b in zip(BOUGHT, OWN, strict=True)),
        GAS: GAS_M3,
        DIESEL: DIESEL_KG,
    }
    units = {ELECTRICITY: "kWh", GAS: "m3", DIESEL: "kg"}
    carriers = []
    for what, months in used.items():
        key = f"intensity.{what.code}"
        carriers.append(
            Carrier(
                commodity=what,
                quantity=figure(key, sum(months), units[what], "Σ inflow − Σ outflow"),
                equivalent=figure(
                    f"{key}:tce-equivalent", sum(months) * Decimal(EQUIVALENT[what]), "tce"
                ),
                equal=figure(f"{key}:tce-equal", sum(months) * Decimal(EQUAL[what]), "tce"),
                months=tuple(
                    figure(f"{key}:tce-equal:{month}", n * Decimal(EQUAL[what]), "tce")
                    for month, n in zip(MONTHS, months, strict=True)
                ),
            )
        )
    return Energy(
        carriers=tuple(carriers),
        equivalent=_sum("intensity.tce-equivalent", [c.equivalent for c in carriers]),
        equal=_sum("intensity.tce-equal", [c.equal for c in carriers]),
        months=tuple(
            _sum(f"intensity.tce-equal:{month}", [c.months[i] for c in carriers])
            for i, month in enumerate(MONTHS)
        ),
    )


def _sum(key: str, figures: list[Stated]) -> Stated:
    total = sum((f.value for f in figures if f.value is not None), Decimal(0))
    return figure(key, total, figures[0].unit, "Σ of its parts")


def _flows() -> Flows:
    places = (
        (GAS_WORKS, "outside"), (GRID, "outside"), (SUN, "outside"), (PV, "inside"),
        (PARK, "inside"), (BOILER, "inside"), (TYRES, "inside"), (RUBBER, "inside"),
        (CURING, "inside"), (Label("use", "Used in processes", "生产过程利用"), "use"),
        (Label("loss", "Conversion losses", "转换损失"), "loss"),
        (Label("unexplained", "Unexplained", "未解释差额"), "loss"),
    )  # fmt: skip
    streams = (
        ("grid", "park", ELECTRICITY, "38354.3"), ("sun", "park/roof-pv", ELECTRICITY, "1236"),
        ("park/roof-pv", "park", ELECTRICITY, "1236"),
        ("supplier", "park/boiler", GAS, "41970.6"), ("park/boiler", "loss", GAS, "4197.1"),
        ("park", "park/tyres", ELECTRICITY, "24110.8"),
        ("park", "park/rubber", ELECTRICITY, "13402.2"),
        ("park", "park/boiler", ELECTRICITY, "1288.4"),
        ("park", "unexplained", ELECTRICITY, "788.9"),
        ("park/boiler", "park/tyres/curing", STEAM, "28840.2"),
        ("park/boiler", "park/rubber", STEAM, "10221.7"),
        ("park/tyres", "park/tyres/curing", ELECTRICITY, "9310.1"),
        ("park/tyres", "use", ELECTRICITY, "14800.7"),
        ("park/tyres/curing", "use", STEAM, "38150.3"),
        ("park/rubber", "use", STEAM, "23623.9"),
    )  # fmt: skip
    return Flows(
        unit="MWh",
        places=tuple(Place(account, kind) for account, kind in places),
        streams=tuple(
            Stream(a, b, what, figure(f"summary.flow:{what.code}:{a}>{b}", value, "MWh"))
            for a, b, what, value in streams
        ),
    )


def _balance() -> Balance:
    columns = ("bought", "received", "own", "delivered", "sold", "consumed", "unexplained")
    rows = (
        (PARK, 0, "38354300.00 1236000.00 0 38801366.75 0 0 788933.25"),
        (PV, 1, "0 0 1236000.00 1236000.00 0 0 0"),
        (BOILER, 1, "0 1288412.50 0 0 0 1288412.50 0"),
        (TYRES, 1, "0 24110780.25 0 9310104.75 0 14800675.50 0"),
        (CURING, 2, "0 9310104.75 0 0 0 9310104.75 0"),
        (RUBBER, 1, "0 13402174.00 0 0 0 13402174.00 0"),
    )

    def row(account: Label, depth: int, values: Iterable[Decimal]) -> BalanceRow:
        key = f"summary.electricity:{account.code}"
        cells = {
            name: figure(f"{key}:{name}", value, "kWh")
            for name, value in zip(columns, values, strict=True)
        }
        return BalanceRow(account, depth, **cells)

    cells = [tuple(map(Decimal, text.split())) for _, _, text in rows]
    return Balance(
        commodity=ELECTRICITY,
        unit="kWh",
        rows=tuple(row(head[0], head[1], values) for head, values in zip(rows, cells, strict=True)),
        total=row(
            Label("all"), 0, (sum(column, Decimal(0)) for column in zip(*cells, strict=True))
        ),
        tolerance=Decimal("0.03"),
        share=figure(
            "summary.electricity:unexplained-share", "0.0199274402", "", "unexplained / in"
        ),
    )


def _renewable() -> Renewable:
    months = tuple(
        RenewableMonth(
            month,
            figure(f"renewable.own:{month}", own, "kWh"),
            figure(f"renewable.certificates:{month}", green, "kWh"),
            figure(f"renewable.rest:{month}", bought - green, "kWh"),
        )
        for month, bought, own, green in zip(MONTHS, BOUGHT, OWN, GREEN, strict=True)
    )
    electricity, renewable = sum(BOUGHT) + sum(OWN), sum(GREEN) + sum(OWN)
    return Renewable(
        months=months,
        own=figure("renewable.own", sum(OWN), "kWh"),
        certificates=figure("renewable.certificates", sum(GREEN), "kWh"),
        rest=figure("renewable.rest", sum(BOUGHT) - sum(GREEN), "kWh"),
        electricity=figure("renewable.electricity", electricity, "kWh"),
        renewable=figure("renewable.renewable", renewable, "kWh", "own + certificates"),
        share=figure("renewable.share", Decimal(renewable) / electricity, "", "renewable / all"),
        hourly_share=figure("renewable.hourly-share", "0.1187", "", "Σ min(supply, use) / Σ use"),
        physical_share=figure("renewable.physical-share", Decimal(sum(OWN)) / electricity, ""),
        location=figure("renewable.location", "18697.254", "t", "Σ bought × provincial average"),
        market=figure("renewable.market", "18991.331", "t", "Σ (bought − green) × residual mix"),
        uncovered_hours=figure("renewable.uncovered-hours", 7120, "h"),
    )


def _emissions() -> Emissions:
    gas_page = "MEE guide 2015, table 2-1"
    grid_page = "NDRC 2025 No. 910, annex 4, II (2) 3 ①"
    rows = (
        ("1", "stationary_combustion", GAS, "co2", 3_882_000, "m3",
         "cn-ndrc-fuels@2015/natural_gas", "2.1622", "kgCO2/m3", gas_page, "default", "8393.6604"),
        ("1", "mobile_combustion", DIESEL, "co2", 35_560, "kg",
         "cn-ndrc-fuels@2015/diesel", "3.0959", "kgCO2/kg", gas_page, "default", "110.090204"),
        ("1", "measured", Label("co2", "Carbon dioxide", "二氧化碳"), "co2", 40_120, "kg",
         "", None, "", "", "measured", "40.12"),
        ("2_location", "purchased_electricity", ELECTRICITY, "co2", 38_354_300, "kWh",
         "cn-zero-carbon-park@2025/electricity", "0.8325", "kgCO2/kWh", grid_page, "default",
         "31929.95475"),
        ("2_market", "purchased_electricity", ELECTRICITY, "co2", 7_200_000, "kWh",
         "cn-zero-carbon-park@2025/electricity-certified-renewable", "0", "kgCO2/kWh", grid_page,
         "instrument", "0"),
        ("2_market", "purchased_electricity", ELECTRICITY, "co2", 31_154_300, "kWh",
         "cn-zero-carbon-park@2025/electricity", "0.8325", "kgCO2/kWh", grid_page, "residual",
         "25935.95475"),
    )  # fmt: skip
    sources = tuple(
        Source(
            scope, category, what, gas,
            figure(f"inventory.activity:{n}", activity, unit),
            factor, None if value is None else Decimal(value), factor_unit, page, basis,
            figure(f"inventory.source:{n}", mass, "t", "Σ lines"),
        )
        for n, (scope, category, what, gas, activity, unit, factor, value, factor_unit, page,
                basis, mass) in enumerate(rows, 1)
    )  # fmt: skip
    return Emissions(
        gas="CO2",
        sources=sources,
        scopes=(
            Scope("1", figure("inventory.scope-1", "8543.870604", "t"), counted=True),
            Scope(
                "2_location",
                figure("inventory.scope-2-location", "31929.95475", "t"),
                counted=False,
            ),
            Scope("2_market", figure("inventory.scope-2-market", "25935.95475", "t"), counted=True),
            Scope(
                "3",
                figure("inventory.scope-3", "906.669", "t"),
                counted=False,
            ),
            Scope("biogenic", figure("inventory.biogenic", "0", "t"), counted=False),
        ),
        total=figure("inventory.total", "34479.825354", "t", "scope 1 + scope 2 (market)"),
        categories=tuple(_category(*row) for row in CATEGORIES),
    )


# Number, names, state, data, t CO2e, remark in English and Chinese.
CATEGORIES: tuple[tuple[str, str, str, str, tuple[str, ...], str | None, str, str], ...] = (
    ("1", "Purchased goods and services", "外购商品与服务", "partial", ("hybrid",), "812.4",
     "no factor for rubber_chemicals", "没有以下各项的因子：rubber_chemicals"),
    ("4", "Upstream transportation and distribution", "上游运输与配送", "calculated",
     ("activity", "spend"), "91.25", "", ""),
    ("5", "Waste generated in operations", "运营中产生的废弃物", "calculated", ("supplier",),
     "3.019", "", ""),
    ("8", "Upstream leased assets", "上游租赁资产", "not_relevant", (), None,
     "nothing is leased", "无租赁资产"),
    ("11", "Use of sold products", "售出产品的使用", "not_assessed", (), None,
     "no flows are posted for it", "未录入相关流量"),
)  # fmt: skip


def _category(
    number: str, en: str, zh: str, status: str, data: tuple[str, ...], mass: str | None,
    why: str, why_zh: str,
) -> Category:  # fmt: skip
    reason = phrase(why, why_zh)
    emission = figure(f"inventory.category:{number}", mass, "t", "Σ lines", reason)
    return Category(Label(number, en, zh), status, data, emission, reason)


def _pollutants() -> tuple[Pollutant, ...]:
    law = "cn-pollution-equivalents@2018/air-so2"
    loaded = phrase(
        "not in the ledger: carbonledger factors load cn-pollution-equivalents@2018",
        "账本中没有：carbonledger factors load cn-pollution-equivalents@2018",
    )

    def row(code: str, name: Label, medium: str, mass: str, count: str | None) -> Pollutant:
        key = f"{code}:{BOILER.code}:{medium}"
        return Pollutant(
            account=BOILER,
            pollutant=name,
            medium=medium,
            quantity=figure(f"summary.pollutant:{key}", mass, "kg", "Σ flows to the environment"),
            equivalents=figure(
                f"summary.pollution-equivalents:{key}", count, "pollution_equivalent", "",
                phrase("") if count else loaded,
            ),
            factor=law if count else "",
        )  # fmt: skip

    return (
        row("so2", Label("so2", "Sulphur dioxide", "二氧化硫"), "air", "882", "928.421052632"),
        row("cod", Label("cod", "Chemical oxygen demand", "化学需氧量"), "water", "40.5", None),
    )


def _members() -> Members:
    def row(account: Label, values: tuple[str, ...]) -> Member:
        key = f"inventory.member:{account.code}"
        units = ("kWh", "GJ", "tce", "t", "t", "t")
        names = ("electricity", "heat", "energy", "direct", "indirect", "total")
        cells = {
            name: figure(f"{key}:{name}", value, unit)
            for name, unit, value in zip(names, units, values, strict=True)
        }
        return Member(account, **cells)

    shared = Label(
        "shared", "Shared (boiler house, roof PV, losses)", "公共部分（锅炉房、光伏、损失）"
    )
    return Members(
        rows=(
            row(
                TYRES,
                ("24110780.25", "103824.72", "6886.03", "110.090204", "15795.1", "15905.190204"),
            ),
            row(RUBBER, ("13402174.00", "36798.12", "3827.66", "0", "8779.8", "8779.8")),
        ),
        shared=row(
            shared, ("2077345.75", "0", "5808.174156", "8433.7804", "1361.05475", "9794.83515")
        ),
        park=row(
            PARK,
            (
                "39590300.00",
                "140622.84",
                "16521.864156",
                "8543.870604",
                "25935.95475",
                "34479.825354",
            ),
        ),
    )


def _products() -> Products:
    origins = (
        Label("upstream:synthetic_rubber", "Synthetic rubber, upstream", "合成橡胶（上游）"),
        Label("upstream:electricity", "Electricity, upstream", "电力（上游）"),
        Label("stationary_combustion:natural_gas", "Natural gas, burnt", "天然气燃烧"),
        Label("upstream:natural_gas", "Natural gas, upstream", "天然气（上游）"),
    )

    def product(what: Label, pieces: int, kg: str, parts: tuple[str, ...]) -> Product:
        key = f"footprint.{what.code}"
        total = sum(map(Decimal, parts), Decimal(0))
        return Product(
            account=TYRES,
            commodity=what,
            quantity=figure(f"{key}:quantity", pieces, "piece"),
            per_unit=figure(key, total, "kgCO2e/piece"),
            per_kg=figure(f"{key}:per-kg", total / Decimal(kg), "kgCO2e/kg"),
            parts=tuple(
                Part(origin, figure(f"{key}:{origin.code}", value, "kgCO2e/piece"))
                for origin, value in zip(origins, parts, strict=True)
            ),
        )

    rows = (
        product(CAR_TYRE, 3_412_880, "9.6", ("16.9321", "4.4218", "2.6120", "0.0410")),
        product(TRUCK_TYRE, 338_204, "58.0", ("109.870", "25.2210", "15.7800", "0.2477")),
    )
    made = Decimal(3_412_880) * Decimal("24.0069") + Decimal(338_204) * Decimal("151.1187")
    direct, unallocated = Decimal("8543870.604000"), Decimal("412.001730")
    return Products(
        method=Label(
            "iso-14067@2018", "ISO 14067:2018, cradle to gate", "ISO 14067:2018，摇篮到大门"
        ),
        allocation="mass",
        rows=rows,
        reconciliation=Reconciliation(
            direct=figure("footprint.direct", direct, "kg"),
            upstream=figure("footprint.upstream", made + unallocated - direct, "kg"),
            products=figure("footprint.products", made, "kg"),
            unallocated=figure("footprint.unallocated", unallocated, "kg"),
            residual=figure("footprint.residual", "0.000000", "kg"),
        ),
        remarks=(phrase("certificates are not applied", "未计入绿证"),),
        unallocated=(
            LeftOver(
                Label("park/office", "Office", "办公楼"),
                Label(""),
                figure("footprint.unallocated:park/office", unallocated, "kg"),
                "no_output",
            ),
        ),
        not_covered=(
            NotCovered(
                Label("supplier"),
                TYRES,
                Label("carbon_black", "Carbon black", "炭黑"),
                figure("footprint.not-covered:carbon_black", "812000", "kg"),
                "no_upstream_factor",
            ),
        ),
    )


def _indicators() -> Indicators:
    nothing = Label("")
    rows = (
        ("co2-per-energy", "CO2 per unit of energy", "单位能耗碳排放", "2.086920", "tCO2/tce",
         "", "no_threshold", "core",
         Label("", "below 200,000 tce a year the notice sets no threshold",
               "年综合能源消费量低于20万吨标准煤，通知未设目标值")),
        ("clean-share", "Clean energy share", "清洁能源消费占比", "39.21", "%", ">= 90",
         "not_met", "guiding", Label("", "mostly grid electricity", "以电网电力为主")),
        ("solid-waste", "Industrial solid waste utilisation", "工业固体废弃物综合利用率",
         "84.62", "%", ">= 80", "met", "guiding", nothing),
        ("waste-heat", "Waste heat utilisation", "余热综合利用率", None, "%", ">= 50",
         "not_assessable", "guiding",
         Label("", "no meter measures waste heat", "没有计量余热的仪表")),
        ("water-reuse", "Industrial water reuse", "工业用水重复利用率", None, "%", ">= 80",
         "not_applicable", "guiding", Label("", "no process water", "无生产用水")),
    )  # fmt: skip
    return Indicators(
        method=_header().method,
        emissions=figure("intensity.co2", "34479.825354", "t"),
        energy=figure("intensity.tce-equal", "16521.864156", "tce"),
        rows=tuple(
            Indicator(
                Label(code, en, zh),
                figure(f"intensity.{code}", value, unit),
                target,
                status,
                reason,
                kind,
                "annex 3, table",
            )
            for code, en, zh, value, unit, target, status, kind, reason in rows
        ),
    )


def _benchmarks() -> tuple[Benchmark, ...]:
    return (
        Benchmark(
            Label("co2-per-energy", "CO2 per unit of energy, national", "全国单位能耗碳排放"),
            2024,
            "stated by the user: all energy, equal value",
            figure("intensity.benchmark:co2-per-energy", "2.1", "tCO2/tce"),
            figure("intensity.co2-per-energy", "2.086920", "tCO2/tce"),
            figure("intensity.ratio:co2-per-energy", "0.993771428571428571"),
            "user",
            national=True,
        ),
        Benchmark(
            Label("energy-per-value-added", "Energy per value added", "单位增加值能耗"),
            2018,
            "2018 prices; all energy",
            figure("intensity.benchmark:energy-per-value-added", "0.52", "tce/万元"),
            figure("intensity.energy-per-value-added", "0.2874", "tce/万元"),
            figure("intensity.ratio:energy-per-value-added", "0.552692307692307692"),
            "National Bureau of Statistics, 70 years of achievements",
            national=False,
        ),
    )


def _waste() -> Waste:
    rows = (
        WasteRow(RUBBER_SCRAP, "recycling", RECYCLER,
                 figure("intensity.waste:recycler", "1843200", "kg"), "utilised"),
        WasteRow(RUBBER_SCRAP, "landfill", LANDFILL,
                 figure("intensity.waste:landfill", "335000", "kg"), "not_utilised"),
        WasteRow(OIL, "incineration", Label("incinerator", "Incineration plant", "焚烧厂"),
                 figure("intensity.waste:incinerator", "12480.5", "kg"), "left_out"),
    )  # fmt: skip
    return Waste(
        rows=rows,
        generated=figure("intensity.waste-generated", "2178200", "kg"),
        utilised=figure("intensity.waste-utilised", "1843200", "kg"),
        rate=figure("intensity.solid-waste", "0.8462032871", "", "utilised / generated"),
    )


def _quality() -> Quality:
    def meter(
        code: str, ends: tuple[Label, Label], what: Label, total: Stated,
        counts: tuple[int, int, int], *events: Event,
    ) -> MeterRow:  # fmt: skip
        return MeterRow(code, *ends, what, total, *counts, events=events)

    return Quality(
        meters=(
            meter("E-001", (GRID, PARK), ELECTRICITY,
                  figure("summary.meter:E-001", "38354300.00", "kWh"), (35136, 0, 0)),
            meter("E-014", (PARK, RUBBER), ELECTRICITY,
                  figure("summary.meter:E-014", "13402174.00", "kWh"), (35136, 96, 96)),
            meter("E-021", (TYRES, CURING), ELECTRICITY,
                  figure("summary.meter:E-021", "9310104.75", "kWh"), (35136, 92, 0)),
            meter("G-001", (GAS_WORKS, BOILER), GAS, figure("summary.meter:G-001", "3882000", "m3"),
                  (366, 0, 0), Event("rollover", "2024-09-17", "")),
            meter("E-002", (PV, PARK), ELECTRICITY,
                  figure("summary.meter:E-002", "1236000.00", "kWh"), (35136, 0, 0),
                  Event("swap", "2024-06-12", "verification period over")),
        ),
        gaps=(
            Gap("E-014", "2024-03-07 00:00", "2024-03-08 00:00", 96,
                figure("summary.gap:E-014:2024-03-07", "36720.0", "kWh"),
                "same weekday, four weeks"),
            Gap("E-021", "2024-11-03 01:00", "2024-11-04 00:00", 92, None, ""),
        ),
        corrections=(
            Correction("correction", "E-001", ELECTRICITY, "2024-03-14", "2024-03-14",
                       figure("summary.correction:E-001:before", "118240.00", "kWh"),
                       figure("summary.correction:E-001:after", "109318.50", "kWh"),
                       figure("summary.correction:E-001:change", "-8921.50", "kWh"),
                       "supplier re-read the meter, letter of 2 July 2024"),
        ),
        warnings=(
            Label("", "Direct non-fossil supply covers 3.1 % of electricity; the notice asks for "
                      "at least 50 % in principle.",
                  "非化石能源电力直接供应占 3.1%，通知要求原则上不低于 50%。"),
        ),
        grades=GRADES, fits=FITS,
    )  # fmt: skip
