"""Workbooks for the tests: rows in, bytes out, as spreadsheets and programs write them."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import xlwt

Rows = Sequence[Sequence[Any]]
HEADER = ("meter", "time", "value")
DAY = datetime(2024, 3, 1)  # noqa: DTZ001 (cells have no zone)
SHEET = "xl/worksheets/sheet1.xml"
OPEN = "application/vnd.oasis.opendocument.spreadsheet"
CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="Sheet">{rows}
<table:table-row table:number-rows-repeated="1048570"><table:table-cell
 table:number-columns-repeated="16384"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""
MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="{OPEN}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""


def hours(values: list[Any], meter: Any = "M-1", start: datetime = DAY) -> list[tuple[Any, ...]]:
    return [(meter, start + timedelta(hours=n), value) for n, value in enumerate(values)]


def table(values: list[Any], meter: str = "M-1") -> Rows:
    return [HEADER, *hours(values, meter)]


def book(rows: Rows, **more: Rows) -> openpyxl.Workbook:
    """Return a workbook with a sheet `Data`, and further ones by name."""
    made = openpyxl.Workbook()
    first = made.active
    assert first is not None
    first.title = "Data"
    for name, content in {"Data": rows, **more}.items():
        sheet = made[name] if name in made.sheetnames else made.create_sheet(name)
        for row in content:
            sheet.append(list(row))
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def xlsx(rows: Rows, **more: Rows) -> bytes:
    """Return the bytes of a workbook in Office Open XML."""
    return saved(book(rows, **more))


def xls(rows: Rows, **more: Rows) -> bytes:
    """Return the bytes of an old workbook; texts that begin with = are formulas."""
    made = xlwt.Workbook()
    stamp = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM")
    for name, content in {"Data": rows, **more}.items():
        sheet = made.add_sheet(name)
        for line, row in enumerate(content):
            for place, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("="):
                    sheet.write(line, place, xlwt.Formula(cell[1:]))
                elif isinstance(cell, datetime):
                    sheet.write(line, place, cell, stamp)
                elif cell is not None:
                    sheet.write(line, place, cell)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def ods(rows: Rows) -> bytes:
    """Return the bytes of a workbook in OpenDocument; texts that begin with = are formulas of 1."""
    text = "".join(
        f"<table:table-row>{''.join(map(_open_cell, row))}</table:table-row>" for row in rows
    )
    return zipped({"mimetype": OPEN, "content.xml": CONTENT.format(rows=text),
                   "META-INF/manifest.xml": MANIFEST})  # fmt: skip


def _open_cell(cell: Any) -> str:
    if cell is None:
        return "<table:table-cell/>"
    shown = f"<text:p>{cell}</text:p></table:table-cell>"
    if isinstance(cell, datetime):
        kind = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
    elif isinstance(cell, int | float):
        kind = f'office:value-type="float" office:value="{cell}"'
    elif cell.startswith("="):
        kind = f'table:formula="of:{cell}" office:value-type="float" office:value="1"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}>{shown}"


def zipped(
    files: Mapping[str, Any] | Iterable[tuple[str | zipfile.ZipInfo, str | bytes]],
) -> bytes:
    """Return a ZIP file."""
    out = io.BytesIO()
    pairs = files.items() if isinstance(files, Mapping) else files
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in pairs:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def changed(data: bytes, part: str, old: str, new: str) -> bytes:
    """Return a ZIP file with one part changed; `old` is a regular expression that is there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    text, count = re.subn(old, new, files[part].decode("utf-8"))
    assert count, f"{part} has no {old}"
    return zipped(files | {part: text})


def computed(data: bytes, cell: str, value: str) -> bytes:
    """Give a formula the value that a spreadsheet has computed for it."""
    old = rf'(<c r="{cell}"[^>]*><f[^>]*>[^<]*</f>)<v ?/?>(</v>)?'
    return changed(data, "xl/worksheets/sheet1.xml", old, rf"\g<1><v>{value}</v>")
