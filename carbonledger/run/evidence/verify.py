"""Check an evidence pack with nothing but Python (3.11 or later) and its standard library.

    python3 verify.py [PACK.zip | FOLDER] [--hash HEX] [--root HEX]

Computes hashes and totals again and names file and record (line, or first byte) of what differs.
Ends with 0 (all holds), 1 (something differs) or 2 (no pack). README.md says what proves what.
"""

import argparse
import base64
import csv
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

MANIFEST, WHOLE, BLOCK, MOST = "manifest.csv", "file", 4096, 200_000
# What a unit is worth: masses in kg, energies in kWh, volumes in m3.
WORTH = """g=1/1000 kg=1 t=1000 kgce=1 tce=1000 kWh=1 MWh=1000 MJ=5/18 GJ=2500/9 TJ=2500000/9 m3=1
    Nm3=1 万Nm3=10000 万m3=10000 万kWh=10000 piece=1 CNY=1 万元=10000"""
UNITS = {name: Fraction(worth) for name, worth in (pair.split("=") for pair in WORTH.split())}
MASS = re.compile(r"(g|kg|t)(?:CO2e?|CH4|N2O|SF6|NF3|ce|HFC.*|PFC.*)?")
CANON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
FAULTS = (ValueError, LookupError, TypeError, ArithmeticError, OSError, EOFError, zlib.error,
          zipfile.BadZipFile)  # fmt: skip
Row = dict[str, Any]


def sha(data: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node of a Merkle tree (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def tree(leaves: list[bytes]) -> bytes:
    """Return the root over leaves, of which there is at least one."""
    half = 1 << ((len(leaves) - 1).bit_length() - 1) if leaves[1:] else 0
    return node(tree(leaves[:half]), tree(leaves[half:])) if half else leaves[0]


def micro(text: str) -> int:
    """Return a decimal in millionths."""
    return round(Fraction(text) * 10**6)


def records(name: str, data: bytes) -> dict[str, list[str]]:
    """Return size and hash of a file, of its lines, or of blocks where it is no text."""
    text = not name.startswith("documents/") or b"\0" not in data
    parts = io.BytesIO(data).readlines() if text else re.findall(b"(?s).{1,%d}" % BLOCK, data)
    each = max(1, -(-len(parts) // MOST))
    found = {WHOLE: data}
    for at in range(0, len(parts), each):
        some = parts[at : at + each]
        lines = f"{at + 1}-{at + len(some)}" if len(some) > 1 else str(at + 1)
        found[lines if text else f"b{at * BLOCK}"] = b"".join(some)
    return {label: [str(len(part)), sha(part)] for label, part in found.items()}


def per_unit(factor: Row, of: str) -> Fraction | None:
    """Convert a factor to kg per unit of an activity; None for units that are not known here."""
    mass, _, base = factor["unit"].partition("/")
    known = MASS.fullmatch(mass)
    if known and {base, of} <= UNITS.keys():
        return Fraction(factor["value"]) * UNITS[known[1]] * UNITS[of] / UNITS[base]
    return None


class Pack:
    """The members of a ZIP file, or of the folder it was unpacked to; and what was found."""

    def __init__(self, path: Path) -> None:
        self.found, self.remarks = list[str](), list[str]()
        self.posted: dict[str, dict[int, Row]] = defaultdict(dict)
        self.values: dict[str, Fraction | None] = {"": Fraction(1)}
        self.lines, self.factors = dict[int, tuple[int, Row]](), dict[str, Row]()
        self.archive, self.folder = None if path.is_dir() else zipfile.ZipFile(path), path
        files = (one for one in path.rglob("*") if one.is_file() and one.suffix != ".pyc")
        names = [one.relative_to(path).as_posix() for one in files]
        names = self.archive.namelist() if self.archive else names
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.differs(name, WHOLE, "is in the ZIP file more than once")
        self.names = sorted({*names} - {MANIFEST})

    def differs(self, name: str, record: object, text: str) -> None:
        """Note that a record of a file is not what it must be."""
        self.found.append(f"{name}, {record}: {text}")

    def read(self, name: str) -> bytes:
        """Return the bytes of a member."""
        return self.archive.read(name) if self.archive else (self.folder / name).read_bytes()

    def rows(self, name: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Give line and cells of a table, without the apostrophe that keeps off formulas."""
        reader = csv.reader(io.StringIO(self.read(name).decode("utf-8-sig"), newline=""))
        head = next(reader)
        for cells in reader:
            plain = (cell.removeprefix("'") for cell in cells)
            yield reader.line_num, dict(zip(head, plain, strict=True))

    def check_manifest(self) -> None:
        """Compare files and manifest; where a file as a whole is as stated, the manifest errs."""
        stated: dict[str, dict[str, tuple[int, list[str]]]] = defaultdict(dict)
        for line, text in enumerate(self.read(MANIFEST).decode("utf-8-sig").splitlines(), 1):
            name, label, *rest = [*next(csv.reader([text])), ""]
            if name in self.names and label not in stated[name]:
                stated[name][label] = (line, rest[:-1])
            elif (line, text) != (1, "file,record,bytes,sha256"):
                self.differs(MANIFEST, line, f"states what is not in the pack: {text[:50]}")
        for name in self.names:
            made, told = records(name, self.read(name)), stated[name]
            wrong = [k for k in {**made, **told} if made.get(k) != told.get(k, (0, []))[1]]
            for label in wrong[:4]:
                if told and (WHOLE not in wrong or wrong == [WHOLE]):
                    line = told.get(label, told.get(WHOLE, (0, [])))[0]
                    self.differs(MANIFEST, line, f"errs about {name}, {label}: it is unchanged")
                elif label != WHOLE or not told:
                    self.differs(name, label, "is not as it was packed")

    def check_log(self) -> str:
        """Rows make the hash of their batch, headers the leaves, leaves and proofs the root."""
        columns = json.loads(self.read("log/columns.json"))
        size, shown = self.read("log/checkpoint.txt").decode().split("\n")[1:3]
        names = [name for (name,) in columns.pop("batch")]
        texts = self.read("log/batches.jsonl").splitlines(keepends=True)
        headers = [dict(zip(names, json.loads(text), strict=True)) for text in texts]
        root = tree([hashlib.sha256(b"\0" + text).digest() for text in texts])
        if (int(size), base64.b64decode(shown)) != (len(texts), root):
            self.differs("log/checkpoint.txt", WHOLE, "is not the root of log/batches.jsonl")
        for line, row in self.rows("log/proofs.csv"):
            header, folder = headers[int(row["batch"]) - 1], f"rows/{row['batch']:0>6}"
            made = hashlib.sha256(b"\0" + texts[int(row["batch"]) - 1]).digest()
            for side, other in (step.split(":") for step in row["path"].split()):
                pair = (bytes.fromhex(other), made)
                made = node(*(pair if side == "left" else pair[::-1]))
            if made != root or header["id"] != int(row["batch"]):
                self.differs("log/proofs.csv", line, "does not prove the batch")
            if self.content(folder, columns) != header["content_hash"]:
                self.differs(folder, WHOLE, "are not the rows of this batch in the log")
        rest = sum(header["entries"] for header in headers) - len(self.posted["entry"])
        self.remarks.append(f"log: {size} batches, {rest} of their entries not in the pack")
        return root.hex()

    def content(self, folder: str, columns: dict[str, list[list[Any]]]) -> str:
        """Return the content hash of a batch, and keep its rows."""
        whole = hashlib.sha256()
        for table, named in columns.items():
            if f"{folder}/{table}.jsonl" in self.names:
                data, empty = self.read(f"{folder}/{table}.jsonl"), {c[0]: c[-1] for c in named}
                whole.update(f"{table}:{sha(data)}\n".encode())
                for text in data.splitlines():
                    row = {**empty, **dict(zip(empty, json.loads(text), strict=False))}
                    self.posted[table][row["id"]] = row
        return whole.hexdigest()

    def check_documents(self) -> None:
        """Source files have the hashes under which they were imported."""
        known, count = {one["sha256"] for one in self.posted["document"].values()}, [0, 0]
        for line, row in self.rows("documents/documents.csv"):
            found = sha(self.read(row["file"])) if row["file"] else row["sha256"]
            if found != row["sha256"] or found not in known:
                self.differs("documents/documents.csv", line, "is not what was imported")
            count[not row["file"]] += 1
        self.remarks.append("documents: {} as given, {} by their hash alone".format(*count))

    def check_books(self, months: list[str]) -> None:
        """Sum the posted entries by accounts, commodity and month, into flows."""
        places, goods = self.posted["account"], self.posted["commodity"]
        parts, left = defaultdict[int, list[tuple[str, int]]](list), set(self.posted["entry"])
        sums = defaultdict[str, int](int)
        for line, row in self.rows("books/shares.csv"):
            one = self.posted["entry"][int(row["entry"])]
            length = Fraction(one["quantity"], one["end_utc"] - one["start_utc"])
            since, until = (int(row[name]) - one["start_utc"] for name in ("from_utc", "to_utc"))
            part = round(length * until) - round(length * since)
            parts[one["id"]].append((row["month"], part))
            if micro(row["quantity"]) != part:
                self.differs("books/shares.csv", line, "is not the share of its entry by time")
        for line, row in self.rows("books/entries.csv"):
            one = self.posted["entry"][int(row["entry"])]
            left.discard(one["id"])
            ends = [places[one[f"{end}_account_id"]]["code"] for end in ("from", "to")]
            ends += [goods[one["commodity_id"]]["code"], one["quantity"]]
            told = [row["from_account"], row["to_account"], row["commodity"]]
            day = str(one["first_day"])
            some = parts.get(one["id"]) or [(f"{day[:4]}-{day[4:6]}", one["quantity"])]
            for month, quantity in some:
                sums["flow:{2}:{0}>{1}:".format(*ends) + month] += quantity * (month in months)
            if [*told, micro(row["quantity"]), sum(part for _, part in some)] != [*ends, ends[-1]]:
                self.differs("books/entries.csv", line, "is not the entry as it was posted")
        if left:
            self.differs("books/entries.csv", WHOLE, f"lacks entry {min(left)}")
        for line, row in self.rows("books/flows.csv"):
            if sums.get(row["flow"], 0) != micro(row["quantity"]):
                self.differs("books/flows.csv", line, "is not the sum of its entries")
        self.values |= {key: Fraction(value, 10**6) for key, value in sums.items()}
        self.remarks.append(f"books: {len(self.posted['entry'])} entries summed into flows")

    def check_run(self) -> list[str]:
        """Head, figures, lines and indicators make the hash of the run; return its months."""
        run, figures = (json.loads(self.read(f"results/{n}.json")) for n in ("run", "figures"))
        for at, row in self.rows("results/lines.csv"):
            one: Row = dict(row)
            one |= {"line": int(row["line"]), "factor_value": row["factor_value"] or None}
            one |= {"mass_mg": micro(one.pop("mass_kg")), "co2e_mg": micro(one.pop("co2e_kg"))}
            self.lines[one["line"]] = at, {**one, "activity": micro(one["activity"])}
        for one in figures:
            self.values[one["key"]] = None if one["value"] is None else Fraction(one["value"])
        told, empty = self.rows("results/indicators.csv"), ("value", "target", "reason")
        rows = [{**row, **{name: row[name] or None for name in empty}} for _, row in told]
        head = {**run["hashed"], "result": CANON(figures)}
        made = CANON([head, [line for _, line in self.lines.values()], rows])
        if sha(made.encode()) != run["content_hash"]:
            self.differs("results/run.json", "content_hash", "is not that of the results")
        return list(run["months"])

    def check_lines(self) -> None:
        """Multiply activities by factors and GWP."""
        for one in self.posted["factor"].values():
            pack = self.posted["factor_pack"][one["pack_id"]]
            self.factors[f"{pack['code']}@{pack['edition']}/{one['code']}"] = one
        for number, (at, one) in self.lines.items():
            told = {"value": one["factor_value"], "unit": one["factor_unit"]}
            posted, mass = self.factors.get(one["factor"], told), one["mass_mg"]
            kg = per_unit(told, one["activity_unit"])
            if any(posted[name] != told[name] for name in told):
                self.differs("results/lines.csv", at, "has another factor than the one it names")
            if kg is not None and round(one["activity"] * kg) != mass:
                self.differs("results/lines.csv", at, "its mass is not activity times factor")
            if round(mass * Fraction(one["gwp"])) != one["co2e_mg"]:
                self.differs("results/lines.csv", at, "its equivalent is not mass times GWP")
            co2e, scope = Fraction(one["co2e_mg"], 10**6), f"scope:{one['scope']}"
            self.values |= {f"line:{number}": co2e, scope: (self.values.get(scope) or 0) + co2e}
            self.values[f"activity:{number}"] = Fraction(one["activity"], 10**6)
        self.remarks.append(f"lines: {len(self.lines)} multiplied again")

    def total(self, terms: dict[str, str]) -> Fraction:
        """Sum numbers times figures, lines or flows."""
        return sum((Fraction(n) * (self.values.get(k) or 0) for k, n in terms.items()), Fraction())

    def check_figures(self) -> None:
        """Compute the figures again that are sums, products or quotients of others."""
        for _, row in self.rows("results/nodes.csv"):
            self.values[row["node"]] = Fraction(row["value"])
        left = {one["key"] for one in json.loads(self.read("results/figures.json"))}
        for line, text in enumerate(self.read("results/checks.jsonl").splitlines(), 1):
            check, kg = json.loads(text), Fraction(1)
            if "factor" in check:
                kg = per_unit(self.factors[check["factor"]], check["unit"]) or Fraction()
            made = kg * self.total(check["terms"]) / self.total(check.get("over", {"": "1"}))
            stated, within = self.values[check["figure"]], Fraction(check.get("within", 0))
            if stated is None or (kg and abs(stated - made) > within):
                found = f"does not come out again (results/checks.jsonl, {line})"
                self.differs("results/figures.json", check["figure"], found)
            left.discard(check["figure"] if kg else "")
        self.remarks.append(f"figures not computed again: {', '.join(sorted(left)) or 'none'}")


def main() -> int:
    """Check a pack and say what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--hash", help="hash that was told when the pack was made")
    parser.add_argument("--root", help="root of a checkpoint of the ledger")
    asked, root = parser.parse_args(), ""
    try:
        pack = Pack(asked.pack)
        made = sha(pack.read(MANIFEST))
    except FAULTS as fault:
        parser.error(f"{asked.pack} is no evidence pack: {fault}")
    try:
        pack.check_manifest()
        root = pack.check_log()
        pack.check_documents()
        pack.check_books(pack.check_run())
        pack.check_lines()
        pack.check_figures()
    except FAULTS as fault:
        pack.differs("pack", WHOLE, f"cannot be computed any further: {fault!r}")
    for name, told, found in (("pack", asked.hash, made), ("log", asked.root, root)):
        if told not in (None, found):
            pack.differs(name, "hash", f"is {found}, not {told}")
    said = [*(pack.found or pack.remarks), f"hash of the pack: {made}", f"root of the log: {root}"]
    sys.stdout.write("\n".join([*said, "DIFFERS" if pack.found else "all holds"]) + "\n")
    return int(bool(pack.found))


if __name__ == "__main__":
    sys.exit(main())
