"""Commands that write a report."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from carbonledger.cli import options
from carbonledger.cli.output import emit, say
from carbonledger.cli.plain import plain
from carbonledger.cli.state import as_of, now, opened, state
from carbonledger.cli.usage import UsageRefused
from carbonledger.text import language, t


def park_summary(
    ctx: typer.Context,
    period: options.Period,
    *,
    boundary: options.Boundary = None,
    method: options.Method = None,
    output: options.OutFile = None,
    form: Annotated[
        options.Form | None,
        typer.Option("--format", metavar="html|json", help="cli.option.format"),
    ] = None,
    final: Annotated[bool, typer.Option("--final", help="cli.option.final")] = False,
) -> None:
    """Write the summary of a park: energy, emissions, products, indicators."""
    chosen = _form(form, output, json=state(ctx).json)
    from carbonledger.report import service
    from carbonledger.report.filed import file_summary

    who = {"actor": state(ctx).actor, "now": now()}
    with opened(ctx, computes=True) as ledger:
        summary = service.summarised(
            ledger, boundary, period, method=method, as_of=as_of(ctx, ledger), final=final, **who
        )
        text = service.written(summary, language(), chosen.value)
        if output is None:
            sys.stdout.write(text)
            return
        data = text.encode("utf-8")
        write_whole(output, data)
        number = file_summary(ledger, summary, data, lang=language(), form=chosen.value, **who)
    answer = {
        "file": str(output),
        "format": chosen.value,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "report": number,
        "as_of": summary.provenance.as_of_batch,
    }
    emit(ctx, answer, _written)


def _written(answer: Mapping[str, Any]) -> None:
    say(t("cli.report.written", file=plain(answer["file"])))
    if answer["report"] is not None:
        say(t("cli.report.filed", report=answer["report"], batch=answer["as_of"]))


def _form(form: options.Form | None, output: Path | None, *, json: bool) -> options.Form:
    """Return the form asked for, by name, by the file's suffix or by --json."""
    if output is None and json:
        if form is options.Form.HTML:
            raise UsageRefused(t("cli.error.html_json"), hint=t("cli.error.html_json_hint"))
        return options.Form.JSON
    if form is not None:
        return form
    suffix = output.suffix.lower() if output else ""
    return options.Form.JSON if suffix == ".json" else options.Form.HTML


def write_whole(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all: an earlier one is replaced at the last moment.

    Raises:
        OSError: the place cannot be written.
    """
    if path.exists() and not path.is_file():
        # A device or a pipe (/dev/stdout) is written to, not replaced.
        path.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
