"""How a failure is told: what happened, where, what to do; as text or as one JSON document."""

import sys
import traceback

from carbonledger.cli.encode import dumps
from carbonledger.cli.plain import number, plain
from carbonledger.cli.readings import lines_of
from carbonledger.cli.usage import ParserError, UsageRefused, wrong_usage
from carbonledger.errors import CarbonLedgerError, Fault, ImportRefused, ImportUndecided, Refusal
from carbonledger.text import t

SHOWN = 20


class Interrupted(CarbonLedgerError):
    """The user stopped the program."""

    code = "interrupted"


class FileRefused(Refusal):
    """The operating system refuses to read or write a file."""

    code = "file"


class Internal(CarbonLedgerError):
    """A fault of this program."""

    code = "internal"


class StoppedError(Exception):
    """A command stopped after a part of its work was posted; its cause says why.

    Attributes:
        answer: what is done, as programs read it.
        text: what is done and what is not, as people read it.
    """

    def __init__(self, answer: dict[str, object], text: str) -> None:
        super().__init__(text)
        self.answer = answer
        self.text = text


def as_error(error: BaseException) -> CarbonLedgerError:
    """Return what is told to the user about anything that was raised."""
    if isinstance(error, CarbonLedgerError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted(t("cli.error.interrupted"), hint=t("cli.error.interrupted_hint"))
    if isinstance(error, ParserError):
        return wrong_usage(error)
    if isinstance(error, OSError) and error.strerror:
        name = plain(str(error.filename or t("cli.word.standard_output")))
        return FileRefused(
            t("cli.error.file", file=name, reason=error.strerror), hint=t("cli.error.file_hint")
        )
    what = plain(f"{type(error).__name__}: {error}")
    return Internal(t("cli.error.internal", what=what), hint=t("cli.error.internal_hint"))


def document(error: CarbonLedgerError) -> dict[str, object]:
    """Return an error as programs read it."""
    problems = [
        {"file": f.file, "line": f.line, "column": f.column, "text": f.text, "reason": f.reason}
        for f in error.problems
    ]
    found: dict[str, object] = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "problems": problems,
    }
    if isinstance(error, ImportUndecided):
        found["choices"] = list(error.readings)
    if isinstance(error, ImportRefused) and error.understood is not None:
        found["understood"] = error.understood
    return found


def text(error: CarbonLedgerError) -> str:
    """Return an error as people read it: message, the first faults, what to do."""
    lines = [plain(line) for line in error.message.split("\n")]
    lines += [f"  {_fault(fault)}" for fault in error.problems[:SHOWN]]
    more = len(error.problems) - SHOWN
    if more > 0:
        lines.append("  " + t("cli.error.more", count=number(more)))
    if isinstance(error, ImportUndecided):
        lines += lines_of(error.readings)
    if error.hint:
        lines += [f"→ {plain(line)}" for line in error.hint.split("\n")]
    return "\n".join(lines)


def _fault(fault: Fault) -> str:
    place = [fault.file, str(fault.line) if fault.line else "", fault.column]
    where = ":".join(plain(part) for part in place if part)
    what = f" {plain(fault.text)} —" if fault.text else ""
    return f"{where}{what} {plain(fault.reason)}"


def exit_code(error: CarbonLedgerError) -> int:
    """Return 2 for wrong usage, 1 for what was refused or failed."""
    return 2 if isinstance(error, UsageRefused) else 1


def tell(raised: BaseException, *, json: bool, debug: bool) -> int:
    """Print an error and return the exit code.

    Args:
        raised: what stopped the command.
        json: as one JSON document on standard output, else as text on standard error.
        debug: with the traceback, for those who mend the program.
    """
    if debug:
        traceback.print_exception(raised)
    done: dict[str, object] = {}
    if isinstance(raised, StoppedError) and raised.__cause__ is not None:
        done = raised.answer
        if not json:
            sys.stderr.write(raised.text + "\n")
        raised = raised.__cause__
    error = as_error(raised)
    if json:
        sys.stdout.write(dumps({**done, "error": document(error)}) + "\n")
        sys.stdout.flush()
    else:
        sys.stderr.write(text(error) + "\n")
    return exit_code(error)
