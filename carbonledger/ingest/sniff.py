"""What a file says of itself: encoding, delimiter, header, and which column holds what.

Nothing is guessed silently: what the file leaves open is a refusal that names the key of the
profile that settles it.
"""

import csv
import io
import unicodedata
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from carbonledger.errors import Fault, ImportRefused
from carbonledger.ingest.profile import Column, Profile
from carbonledger.ingest.source import encoding_of

DELIMITERS = (",", ";", "\t", "|")
SYNONYMS = {
    "meter": ("meter", "meter_id", "meterid", "mpan", "nmi", "表号", "电能表资产编号", "资产编号",
              "电表编号", "仪表编号", "设备编号", "表计编号", "计量点号", "计量编号"),
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
NEEDED = {
    "long": ("time", "value"),
    "register": ("time", "value"),
    "wide": ("time",),
    "records": ("start", "end", "from", "to", "commodity", "quantity", "unit"),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the lines of a file become columns.

    Attributes:
        path: the file.
        encoding, delimiter: of its text.
        names: names of all columns, in order, made unique.
        header_line: number of the header line, 0 when there is none.
        format: long, wide, register or records.
        columns: for each role the columns (positions from 0) that hold it.
        wide: for the format wide, meter code by position.
        profile: the profile with the above filled in.
        remarks: what the user should know.
    """

    path: Path
    encoding: str
    delimiter: str
    names: tuple[str, ...]
    header_line: int
    format: str
    columns: dict[str, tuple[int, ...]]
    profile: Profile
    wide: dict[int, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def sniff(path: Path, head: bytes, profile: Profile, meters: frozenset[str]) -> Layout:
    """Find out how a file is laid out.

    Args:
        path: the file, for messages.
        head: its first bytes.
        profile: what the user stated; it wins over what the file seems to say.
        meters: codes of the meters of the ledger, to recognise the columns of a wide file.

    Raises:
        ImportRefused: it has no header or no data, or a column is missing.
    """
    encoding, remark = (profile.encoding, "") if profile.encoding else encoding_of(head, path)
    lines = _lines(head, encoding, path)
    if len(lines) <= profile.skip:
        raise ImportRefused(f"{path} has no lines after the {profile.skip} skipped", code="file-empty")
    first = lines[profile.skip]
    delimiter = profile.delimiter or _delimiter(first)
    names = _names(first, delimiter) if profile.header else _numbered(first, delimiter)
    header_line = profile.skip + 1 if profile.header else 0
    if profile.header and len(lines) == profile.skip + 1:
        raise ImportRefused(
            f"{path} holds a header and no data", code="file-empty", hint="export it again"
        )
    layout = Layout(path, encoding, delimiter, names, header_line, "", {}, profile,
                    remarks=(remark,) if remark else ())  # fmt: skip
    return _assigned(layout, meters)


def _lines(head: bytes, encoding: str, path: Path) -> list[str]:
    whole = head[: head.rfind(b"\n") + 1] or head
    try:
        text = whole.decode(encoding, "ignore" if encoding == "utf-16" else "strict")
    except UnicodeDecodeError as error:
        raise ImportRefused(
            f"{path}:{whole[: error.start].count(10) + 1}: a byte does not fit {encoding}",
            code="encoding",
            hint='name the right encoding in the profile, for example encoding = "gb18030"',
        ) from error
    return text.lstrip("\ufeff").splitlines()


def _delimiter(line: str) -> str:
    counts = {sign: line.count(sign) for sign in DELIMITERS}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else ","


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(line), delimiter=delimiter), [])


def _names(line: str, delimiter: str) -> tuple[str, ...]:
    names: list[str] = []
    for number, cell in enumerate(_cells(line, delimiter), 1):
        name = cell.strip().strip("\ufeff") or f"#{number}"
        names.append(name if name not in names else f"{name}#{number}")
    return tuple(names)


def _numbered(line: str, delimiter: str) -> tuple[str, ...]:
    return tuple(f"#{n}" for n in range(1, len(_cells(line, delimiter)) + 1))


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).strip().lower()
    return folded.split("(")[0].strip()


def _position(layout: Layout, column: str | int, role: str) -> int:
    if isinstance(column, int):
        if column > len(layout.names):
            raise ValueError(f"column {column} for {role}: there are only {len(layout.names)}")
        return column - 1
    wanted = unicodedata.normalize("NFKC", column).strip()
    for position, name in enumerate(layout.names):
        if unicodedata.normalize("NFKC", name) == wanted:
            return position
    near = get_close_matches(column, layout.names, 1)
    raise ValueError(
        f"no column {column!r} for {role}" + (f"; did you mean {near[0]!r}?" if near else "")
    )


def _stated(layout: Layout) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    faults: list[Fault] = []
    for role, column in layout.profile.columns.items():
        parts: tuple[str | int, ...] = column if isinstance(column, tuple) else (column,)
        try:
            found[role] = tuple(_position(layout, part, role) for part in parts)
        except ValueError as error:
            faults.append(Fault(layout.path.name, layout.header_line, role,
                                layout.delimiter.join(layout.names)[:120], str(error)))  # fmt: skip
    if faults:
        raise ImportRefused(
            f"{layout.path}: columns named in the profile are not in the file",
            code="columns",
            hint=f"the header reads: {', '.join(layout.names)[:300]}",
            problems=faults,
        )
    return found


def _assigned(layout: Layout, meters: frozenset[str]) -> Layout:
    columns = _stated(layout)
    taken = {position for parts in columns.values() for position in parts}
    for role, words in SYNONYMS.items():
        # A file of one meter may print the asset numbers of its instruments.
        if role in columns or (role == "meter" and layout.profile.meter):
            continue
        for position, name in enumerate(layout.names):
            if position not in taken and _plain(name) in words:
                columns[role] = (position,)
                break
    if "date" in columns:
        columns["time"] = columns.pop("date") + columns.get("time", ())
    form = layout.profile.format or _format(layout, columns, meters)
    if form == "records" and "quantity" not in columns and "value" in columns:
        columns["quantity"] = columns["value"]
    layout = replace(layout, format=form, columns=columns)
    if form == "wide":
        layout = _wide(layout, meters)
    _complete(layout)
    return layout


def _format(layout: Layout, columns: dict[str, tuple[int, ...]], meters: frozenset[str]) -> str:
    if {"from", "to", "commodity", "start", "end"} <= columns.keys() | layout.profile.constants.keys():
        return "records"
    if layout.profile.quantity == "register":
        return "register"
    wide = [name for name in layout.names if name.split(" ")[0] in meters or name in meters]
    return "wide" if wide and "value" not in columns else "long"


def _wide(layout: Layout, meters: frozenset[str]) -> Layout:
    time = layout.columns.get("time") or (0,)
    others = [p for p in range(len(layout.names)) if p not in time]
    wide: dict[int, str] = {}
    unknown: list[Fault] = []
    for position in others:
        name = layout.names[position]
        code = name if name in meters else name.split(" ")[0].split("(")[0]
        if code in meters:
            wide[position] = code
        else:
            unknown.append(Fault(layout.path.name, layout.header_line, name, name,
                                 "this column is no meter of the site"))  # fmt: skip
    if unknown:
        raise ImportRefused(
            f"{layout.path}: {len(unknown)} columns are no meters of the site",
            code="meter-unknown",
            hint="declare them in site.toml and apply it, or read single columns with a profile",
            problems=unknown,
        )
    return replace(layout, wide=wide, columns={"time": time})


def _complete(layout: Layout) -> None:
    given = layout.columns.keys() | layout.profile.constants.keys()
    missing = [role for role in NEEDED[layout.format] if role not in given]
    if layout.format in ("long", "register") and not (
        "meter" in layout.columns or layout.profile.meter
    ):
        missing.append("meter")
    if missing:
        raise ImportRefused(
            f"{layout.path}: no column for {', '.join(missing)}",
            code="columns",
            hint="name them in a profile: [columns] time = …, value = …, or meter = \"…\" for a file "
            f"of one meter; the header reads: {', '.join(layout.names)[:300]}",
        )


def column_name(layout: Layout, role: str) -> str:
    """Return the header of the column that holds a role, for messages."""
    positions = layout.columns.get(role, ())
    return "+".join(layout.names[p] for p in positions)


def described(column: Column) -> str:
    """Return a column of a profile as text."""
    return "+".join(map(str, column)) if isinstance(column, tuple) else str(column)
