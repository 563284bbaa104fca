"""What an import understood of a file, as people read it: a dry run shows it before the totals."""

from collections.abc import Mapping, Sequence
from typing import Any

from carbonledger.cli.output import say
from carbonledger.cli.plain import plain
from carbonledger.cli.tables import label, table
from carbonledger.text import known, t

FACTS = ("understood", "value", "rests_on")
METERS = (
    "name_in_file", "meter", "unit_in_file", "quantity_kind", "interval", "timezone", "values",
    "gaps",
)  # fmt: skip
CHECKS = ("line", "label", "meter", "stated", "ours", "unit")
SIGNS = {"\t": "tab", " ": "blank"}
# Columns that are left out, and names without a meter, that are listed; JSON has all of them.
SHOWN = 20


def show(understood: Mapping[str, Any] | None, checks: Sequence[Mapping[str, Any]] = ()) -> None:
    """Print what was understood of a file.

    Args:
        understood: of the answer or the refusal of a dry run; None: nothing was.
        checks: totals that the file states, beside ours.
    """
    if not understood:
        return
    say("")
    table([_container(understood), *map(_fact, understood["facts"])], FACTS)
    _columns(understood["columns"])
    if understood["meters"]:
        say("")
        table([_meter(one) for one in understood["meters"]], METERS)
    if checks:
        say("")
        say(t("cli.understood.checks"))
        table(checks, CHECKS)
    _undeclared(understood)


def _container(understood: Mapping[str, Any]) -> dict[str, Any]:
    packed = understood["container"]
    value = packed or t("cli.understood.plain_file")
    return {"understood": label("container"), "value": value, "rests_on": t("cli.understood.file")}


def _fact(fact: Mapping[str, Any]) -> dict[str, Any]:
    basis = t(f"cli.understood.{fact['from']}")
    why = f"cli.understood.why.{fact['why']}"
    if fact["from"] == "file" and known(why):
        basis = f"{basis}: {t(why)}"
    value = fact["value"]
    shown = SIGNS.get(value, value) if isinstance(value, str) else value
    name = "quantity_kind" if fact["key"] == "quantity" else fact["key"]
    return {"understood": label(name), "value": shown, "rests_on": basis}


def _meter(one: Mapping[str, Any]) -> dict[str, Any]:
    unit = one["unit_in_file"] or t("cli.understood.each_row")
    return {**one, "name_in_file": one["name"], "unit_in_file": unit}


def _columns(columns: Sequence[Mapping[str, Any]]) -> None:
    used = [one for one in columns if one["role"] and not one["meter"]]
    left = [plain(one["column"]) for one in columns if not one["role"]]
    if used:
        roles = ", ".join(f"{plain(one['column'])} → {one['role']}" for one in used)
        say(t("cli.understood.roles", roles=roles))
    if left:
        more = ", …" if len(left) > SHOWN else ""
        say(t("cli.understood.left_out", columns=", ".join(left[:SHOWN]) + more))


def _undeclared(understood: Mapping[str, Any]) -> None:
    names = understood["undeclared"]
    if names:
        say("")
        say(t("cli.understood.undeclared", names=", ".join(map(plain, names[:SHOWN]))))
        say(plain_lines(understood["site"]))


def plain_lines(text: str) -> str:
    """Return a text of several lines with the control characters within them written out."""
    return "\n".join(plain(line) for line in text.split("\n"))
