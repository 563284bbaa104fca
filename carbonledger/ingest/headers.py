"""What the name of a column says: its role, its unit, and whether it can be a quantity at all."""

import re
import unicodedata

from carbonledger.errors import ImportRefused, UnitRefused
from carbonledger.units import is_known

SYNONYMS = {
    "meter": ("meter", "meter_id", "meterid", "meter id", "meter_no", "meter number", "meter_code",
              "mpan", "mprn", "nmi", "msn", "zählpunkt", "zählernummer", "prm", "cups",
              "esiid", "esi id", "lclid", "ean-code", "ean code",
              "表号", "电能表资产编号", "资产编号", "电表编号", "电表号", "仪表编号", "设备编号",
              "表计编号",
              "计量点号", "计量点编号", "计量编号", "测量点", "测点", "表计"),
    "time": ("time", "timestamp", "datetime", "date_time", "date time", "stamp", "start_time",
             "date/time", "time stamp", "zeitstempel", "zeitpunkt", "messzeitpunkt",
             "horodate", "horodatage",
             "fecha y hora", "数据时间", "冻结时间", "采集时间", "抄表时间", "时间", "日期时间",
             "时刻"),
    "date": ("date", "day", "datum", "fecha", "jour", "reading_date", "reading date", "read date",
             "usage_date", "usage date", "settlement date",
             "month", "monat", "mois", "mes", "日期", "抄表日期", "数据日期", "冻结日期",
             "用电日期", "月份", "用电月份", "年月", "账期"),
    "clock": ("time", "hour", "time of day", "uhrzeit", "zeit", "hora", "heure", "periode ab",
              "von",
              "from", "start", "start time", "start_time", "usage_start_time", "zeit von",
              "时间", "时刻", "时段", "时点"),
    "value": ("value", "reading", "quantity", "energy", "consumption", "usage", "wert", "verbrauch",
              "gemessener verbrauch",
              "valeur", "valor", "consumo", "consommation", "energie", "menge", "read value",
              "kwh", "mwh", "wh", "kw", "用电量", "电量", "用量", "消耗量", "本期用量", "度差",
              "数值", "读数",
              "示数", "表底", "止码", "本次示数", "本期度数", "本期示数", "本次读数", "表码",
              "累计读数",
              "累计流量", "标况累计", "累计热量", "有功功率", "总有功功率", "瞬时有功功率",
              "平均功率", "功率", "有功负荷", "负荷", "power", "mean power", "average power",
              "leistung", "puissance", "potencia"),
    "unit": ("unit", "units", "uom", "einheit", "eenheid", "unité", "unidad", "单位", "计量单位"),
    "quality": ("quality", "flag", "read type quality", "reading quality", "status", "estimated",
                "estimated?", "数据质量", "质量"),
    "multiplier": ("multiplier", "倍率", "综合倍率", "变比", "互感器倍率", "乘率"),
    "previous": ("previous", "previous reading", "上次示数", "起码", "上次止码", "上期度数",
                 "上期示数",
                 "上次读数"),
    "start": ("start", "start_date", "from_date", "period start", "von", "beginn",
              "开始", "开始日期", "起始日期",
              "开始时间", "起始时间", "上次抄表日期", "上次抄表时间"),
    "end": ("end", "end_date", "to_date", "period end", "end_time", "bis", "ende",
            "结束", "结束日期", "截止日期",
            "结束时间", "截止时间"),
    "from": ("from", "from_account", "来源"),
    "to": ("to", "to_account", "去向"),
    "commodity": ("commodity", "品种", "能源品种"),
    "quantity": ("quantity", "amount", "数量"),
    "document_no": ("document_no", "document", "invoice", "单据号", "发票号"),
    "note": ("note", "remark", "备注"),
}  # fmt: skip
# States of a register, whose differences are energy; and energy that has flowed already.
REGISTERS = frozenset((
    "示数", "表底", "止码", "本次示数", "本期度数", "本期示数", "本次读数", "表码", "累计读数",
    "累计流量",
    "标况累计", "累计热量",
))  # fmt: skip
FLOWS = frozenset(("用电量", "用量", "消耗量", "本期用量", "度差", "consumption", "usage"))
# Means over an interval.
POWERS = frozenset((
    "有功功率", "总有功功率", "瞬时有功功率", "平均功率", "功率", "有功负荷", "负荷", "power",
    "mean power", "average power", "leistung", "puissance", "potencia",
))  # fmt: skip
# A mean power within a longer name, `power_avg`, `ActivePower`; not that of "power consumption".
HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")
POWER = re.compile(
    r"(?<![a-z])(?:power|leistung|puissance|potencia)(?![a-z])|功率(?!因数)", re.IGNORECASE
)
ENERGY = re.compile(
    r"consum|usage|energ|verbrauch|arbeit|(?<![a-z])(?:[kmgt]?wh|[mgk]j)(?![a-z])|电量|度|factor",
    re.IGNORECASE,
)
# Where several columns may hold a role, the first of these is meant: when the value was true rather
# than when it was sent, and the state rather than what is made of it.
BEFORE = {
    "time": ("数据时间", "冻结时间", "采集时间", "抄表时间"),
    "date": ("数据日期", "冻结日期", "抄表日期"),
    "value": (
        "本次示数",
        "止码",
        "本期度数",
        "本期示数",
        "本次读数",
        "示数",
        "gemessener verbrauch",
    ),
    "meter": ("电能表资产编号", "资产编号", "表号", "计量点编号", "计量点号"),
}
BRACKETS = re.compile(r"^(?P<name>.*?)\s*[(\[（【](?P<unit>[^()\[\]（）【】]{1,40})[)\]）】]\s*$")
EXTREMES = re.compile(
    r"(?<![a-z])(?:max|maximum|minimum|(?<![0-9] )(?<![0-9])min)(?![a-z])|最大|最小", re.IGNORECASE
)
END = re.compile(r"(?<![a-z])(?:ende?|ending|ended|until|bis)(?![a-z])|结束|截止", re.IGNORECASE)
START = re.compile(
    r"(?<![a-z])(?:start|starting|beginn?|beginning|from|von|ab)(?![a-z])|开始|起始", re.IGNORECASE
)
# A unit behind any name at all: `Leistung in kW`, `AE_kWh`.
BEHIND = re.compile(r"(?: in |[_ ])(?P<unit>[kMG]?Wh?|K?WH|m3|m³)$")
RATIOS = re.compile(r"normali[sz]ed|per.?unit|\bp\.?u\.?\b|%|标幺|归一化", re.IGNORECASE)
# What flows at a moment, of gas, water, steam: 瞬时流量. A mean power is another matter.
RATES = re.compile(
    r"瞬时(?!\S*(?:功率|负荷))|流速|(?<![a-z])flow[ _-]?rate|volumenstrom|durchflussrate",
    re.IGNORECASE,
)
# Money or emissions by a quantity: €/MWh, 元/kWh, USD per MWh, g/kWh, kgCO2/kWh.
PRICES = re.compile(
    r"(?:[€£$¥]|(?<!单)元|(?<![a-z])(?:eur|usd|gbp|chf|aud|cny|rmb|(?:k|m)?g(?:co2e?)?|t(?:co2e?)?))"
    r"\s*(?:/|per )\s*(?:[kmg]?wh|[mg]j|度)",
    re.IGNORECASE,
)


def folded(name: str) -> str:
    """Return the name as one form of Unicode, without blanks around it."""
    return unicodedata.normalize("NFKC", name).strip()


def plain(name: str) -> str:
    """Return the name without what stands in brackets behind it, in lower case."""
    text = folded(name).lower()
    hit = BRACKETS.match(text)
    return (hit["name"] if hit else text).strip()


def candidates(names: tuple[str, ...], role: str, taken: set[int]) -> list[int]:
    """Return the positions of the columns whose name says that they hold a role."""
    words = SYNONYMS.get(role, ())
    return [
        p for p, name in enumerate(names) if p not in taken and not words_of(name).isdisjoint(words)
    ]


def preferred(names: tuple[str, ...], role: str, found: list[int]) -> list[int]:
    """Return of several columns that may hold a role the one that is meant, where it is known."""
    for word in BEFORE.get(role, ()):
        named = [place for place in found if plain(names[place]) == word]
        if named:
            return named
    return found


def words_of(name: str) -> set[str]:
    """Return what a name may be looked up by: without its unit, in brackets or behind a blank."""
    bare = plain(name)
    front, _, last = bare.replace("_", " ").rpartition(" ")
    return {bare, front.strip()} if front and _is_unit(last) else {bare}


def _is_unit(text: str) -> bool:
    try:
        return bool(unit_text(text))
    except UnitRefused:
        return False


def role_of(name: str) -> str:
    """Return a role that the name of a column says it holds; "" when it says none."""
    words = words_of(name)
    return next((role for role, known in SYNONYMS.items() if not words.isdisjoint(known)), "")


def kind_of(name: str) -> str:
    """Return what a column's name says of its values: register, power, energy; "" for nothing."""
    words = words_of(name)
    if words & REGISTERS:
        return "register"
    if words & POWERS:
        return "power"
    if words & FLOWS:
        return "energy"
    parts = HUMPS.sub(" ", folded(name))
    return "power" if POWER.search(parts) and not ENERGY.search(parts) else ""


def unit_of(name: str) -> str:
    """Return the unit that a column's name states: in brackets, at its end, or as all of it.

    Raises:
        UnitRefused: what stands there may be several units.
    """
    text = folded(name)
    hit = BRACKETS.match(text)
    if hit:
        return unit_text(hit["unit"])
    front, _, last = text.replace("_", " ").rpartition(" ")
    if front and plain(front) in SYNONYMS["value"]:
        return unit_text(last)
    behind = BEHIND.search(text)
    if behind:
        return unit_text(behind["unit"])
    return unit_text(text) if plain(text) in SYNONYMS["value"] else ""


def unit_text(text: str) -> str:
    """Return the text when it is a unit, "" when it is none.

    Raises:
        UnitRefused: it may be several units.
    """
    return text if is_known(text) else ""


def stamp_of(name: str) -> str:
    """Return which end of the interval a column of stamps says it names: start, end or ""."""
    text = folded(name)
    if END.search(text):
        return "end"
    return "start" if START.search(text) else ""


def refuse_no_quantity(where: str, name: str) -> None:
    """Refuse a column whose name says that its values are no quantity of an interval.

    Raises:
        ImportRefused: it holds extremes of an interval, a ratio, a rate, or a price.
    """
    text = folded(name)
    kinds = (("extremes", EXTREMES), ("ratios", RATIOS), ("rates", RATES),
             ("prices or intensities", PRICES))  # fmt: skip
    said = next(((kind, hit[0]) for kind, words in kinds if (hit := words.search(text))), None)
    if said:
        raise ImportRefused(
            f"{where}: the column {name!r} holds {said[0]} ({said[1]}), and no quantity can be "
            "summed from them",
            code="no-quantity",
            hint="name the column of the energy, or of the mean power, of each interval",
        )
