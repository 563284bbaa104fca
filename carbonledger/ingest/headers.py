"""What the name of a column says: its role, its unit, and whether it can be a quantity at all."""

import re
import unicodedata

from carbonledger.errors import ImportRefused, UnitRefused
from carbonledger.units import find

SYNONYMS = {
    "meter": ("meter", "meter_id", "meterid", "meter id", "mpan", "mprn", "nmi", "表号",
              "电能表资产编号", "资产编号", "电表编号", "仪表编号", "设备编号", "表计编号",
              "计量点号", "计量编号"),
    "time": ("time", "timestamp", "datetime", "date_time", "date time", "stamp", "start_time",
             "抄表时间", "采集时间", "数据时间", "冻结时间", "时间", "日期时间"),
    "value": ("value", "reading", "quantity", "energy", "consumption", "用电量", "电量", "用量",
              "数值", "示数", "本次示数"),
    "unit": ("unit", "uom", "单位"),
    "quality": ("quality", "flag", "数据质量", "质量"),
    "start": ("start", "start_date", "开始", "开始日期", "起始日期"),
    "end": ("end", "end_date", "结束", "结束日期", "截止日期"),
    "from": ("from", "from_account", "来源"),
    "to": ("to", "to_account", "去向"),
    "commodity": ("commodity", "品种", "能源品种"),
    "quantity": ("quantity", "amount", "数量"),
    "document_no": ("document_no", "document", "invoice", "单据号", "发票号"),
    "note": ("note", "remark", "备注"),
}  # fmt: skip
BRACKETS = re.compile(r"^(?P<name>.*?)\s*[(\[（【](?P<unit>[^()\[\]（）【】]{1,40})[)\]）】]\s*$")
EXTREMES = re.compile(
    r"(?<![a-z])(?:max|maximum|minimum|(?<![0-9] )(?<![0-9])min)(?![a-z])|最大|最小", re.IGNORECASE
)
END = re.compile(r"(?<![a-z])(?:end|ending|ended|until|bis)(?![a-z])|结束|截止", re.IGNORECASE)
START = re.compile(
    r"(?<![a-z])(?:start|starting|begin|beginning|from|von|ab)(?![a-z])|开始|起始", re.IGNORECASE
)
RATIOS = re.compile(r"normali[sz]ed|per.?unit|\bp\.?u\.?\b|%|标幺|归一化", re.IGNORECASE)


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
    return [p for p, name in enumerate(names) if p not in taken and plain(name) in words]


def unit_of(name: str) -> str:
    """Return the unit that stands in brackets behind a column's name; "" when none does.

    Raises:
        UnitRefused: what stands there may be several units.
    """
    hit = BRACKETS.match(folded(name))
    return unit_text(hit["unit"]) if hit else ""


def unit_text(text: str) -> str:
    """Return the text when it is a unit, "" when it is none.

    Raises:
        UnitRefused: it may be several units.
    """
    try:
        find(text)
    except UnitRefused as error:
        if error.code == "unit-unknown":
            return ""
        raise
    return text


def stamp_of(name: str) -> str:
    """Return which end of the interval a column of stamps says it names: start, end or ""."""
    text = folded(name)
    if END.search(text):
        return "end"
    return "start" if START.search(text) else ""


def refuse_no_quantity(where: str, name: str) -> None:
    """Refuse a column whose name says that its values are no quantity of an interval.

    Raises:
        ImportRefused: it holds extremes of an interval, or a ratio.
    """
    text = folded(name)
    hit = EXTREMES.search(text) or RATIOS.search(text)
    if hit:
        kind = "extremes" if EXTREMES.search(text) else "ratios"
        raise ImportRefused(
            f"{where}: the column {name!r} holds {kind} ({hit[0]}), and no quantity can be summed "
            "from them",
            code="no-quantity",
            hint="name the column of the energy, or of the mean power, of each interval",
        )
