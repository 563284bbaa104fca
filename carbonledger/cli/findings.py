"""What the validation noticed, as people read it: warnings first, then what is good to know."""

from collections.abc import Mapping, Sequence
from typing import Any

from carbonledger.cli.output import say
from carbonledger.cli.plain import number, plain
from carbonledger.text import t

# Sentences in an answer; the answer as JSON and the ledger have all findings.
SHOWN = 12


def noticed(found: Sequence[Mapping[str, Any]], where: str, batch: int | None = None) -> None:
    """Print findings, those to look at first, and how many more there are.

    Args:
        found: findings with `severity` and `text`.
        where: key of the text that tells where the others are.
        batch: their batch, where they are of one.
    """
    if not found:
        return
    severe = [one for one in found if one["severity"] == "warning"]
    others = [one for one in found if one["severity"] != "warning"]
    say("")
    say(t("cli.findings.head", warnings=number(len(severe)), notes=number(len(others))))
    for one in [*severe, *others][:SHOWN]:
        form = "cli.findings.warning" if one["severity"] == "warning" else "cli.findings.note"
        say(t(form, text=plain(str(one["text"]))))
    if len(found) > SHOWN:
        say(t(where, count=number(len(found) - SHOWN), batch=batch))
