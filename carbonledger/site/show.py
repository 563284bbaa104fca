"""A plan in words, for people, and as a record, for programs."""

from collections.abc import Iterator
from typing import Any

from carbonledger.calc.model import iso_day
from carbonledger.errors import Fault
from carbonledger.ledger.state import MeterRevision
from carbonledger.site.change import Change, Fields, Plan, differing
from carbonledger.site.declared import DeclaredEvent
from carbonledger.text import t

SIGNS = {"add": "+", "change": "~"}
MOST_NAMED = 12


def describe(plan: Plan, lang: str | None = None) -> list[str]:
    """Return the lines that show what a plan would do; the last one sums it up.

    Args:
        plan: the plan.
        lang: `en` or `zh`; by default the language chosen.
    """
    lines = [_line(change, lang) for change in plan.todo if not change.shipped]
    shipped = [change for change in plan.todo if change.shipped]
    if shipped:
        kinds = [change.kind for change in shipped]
        counts = {kind: kinds.count(kind) for kind in ("account", "commodity")}
        lines.insert(0, t("site.shipped", lang, **counts))
    lines += _stays(plan, lang)
    lines += [_refusal(fault, lang) for fault in plan.refusals]
    return [*lines, _summary(plan, lang)]


def as_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data; what is unchanged is only counted."""
    return {
        "file": plan.file,
        "add": plan.count("add"),
        "change": plan.count("change"),
        "unchanged": plan.count("unchanged"),
        "changes": [
            {
                "action": change.action,
                "kind": change.kind,
                "code": change.code,
                "when": _when(change) or None,
                "before": change.before,
                "after": change.after,
            }
            for change in plan.todo
        ],
        "not_in_file": [{"kind": kind, "code": code} for kind, code in plan.stays],
        "refusals": [
            {
                "file": fault.file,
                "line": fault.line,
                "column": fault.column,
                "text": fault.text,
                "reason": fault.reason,
            }
            for fault in plan.refusals
        ],
    }


def _line(change: Change, lang: str | None) -> str:
    sign, kind = SIGNS[change.action], t(f"site.kind.{change.kind}", lang)
    when = _when(change)
    since = t("site.since", lang, day=when) if when and change.kind == "meter" else when
    head = " ".join(part for part in (sign, kind, change.code, since) if part)
    if change.before is None:
        return f"{head}  {_whole(change)}"
    return f"{head}  {_difference(change.before, change.after)}"


def _when(change: Change) -> str:
    """Return the day a meter's revision begins, or the time of an event; "" when always."""
    if isinstance(change.item, MeterRevision):
        return iso_day(change.item.valid_from) if change.item.valid_from else ""
    return change.item.local if isinstance(change.item, DeclaredEvent) else ""


def _whole(change: Change) -> str:
    """Return all that is known of a new thing, most telling first."""
    fields = dict(change.after)
    if change.kind == "meter":
        flow = f"{fields.pop('from')} → {fields.pop('to')}"
        plain = [fields.pop(key) for key in ("commodity", "unit", "reads")]
        return " ".join([flow, *plain, *_named(fields)])
    if change.kind == "expect":
        return " ".join(_named(fields))
    return " ".join([fields.pop("kind"), *_named(fields)])


def _named(fields: Fields) -> list[str]:
    # A multiplier of one says nothing.
    return [f"{key}={text}" for key, text in fields.items() if (key, text) != ("multiplier", "1")]


def _difference(before: Fields, after: Fields) -> str:
    return ", ".join(
        f"{key} {was or '—'} → {now or '—'}" for key, (was, now) in differing(before, after).items()
    )


def _stays(plan: Plan, lang: str | None) -> Iterator[str]:
    if not plan.stays:
        return
    named = [f"{t(f'site.kind.{kind}', lang)} {code}" for kind, code in plan.stays[:MOST_NAMED]]
    more = len(plan.stays) - len(named)
    key = "site.stays_more" if more else "site.stays"
    yield t(key, lang, names=t("site.comma", lang).join(named), more=more, file=plan.file)


def _refusal(fault: Fault, lang: str | None) -> str:
    key = "site.refused_line" if fault.line else "site.refused"
    return t(key, lang, file=fault.file, line=fault.line, code=fault.text, reason=fault.reason)


def _summary(plan: Plan, lang: str | None) -> str:
    if plan.refusals:
        return t("site.summary_refused", lang, count=len(plan.refusals))
    if plan.empty:
        return t("site.summary_empty", lang, file=plan.file)
    counts = {action: plan.count(action) for action in ("add", "change", "unchanged")}
    return t("site.summary", lang, **counts)
