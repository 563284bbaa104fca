"""Faults of data as values, refusals and faults of the program as one tree of exceptions.

    CarbonLedgerError
    ├── Refusal            the user's input or request cannot be carried out; nothing was changed
    │   ├── UnitRefused
    │   ├── NumberRefused
    │   ├── SiteRefused
    │   ├── ImportRefused
    │   │   └── ImportUndecided    the file can be read in several ways
    │   ├── FactorNotFound
    │   ├── FactorRefused
    │   ├── MeterRefused
    │   ├── LedgerRefused
    │   ├── PeriodClosed
    │   └── CalculationRefused
    └── LedgerDamaged      what is stored contradicts itself

Every error has a stable code, one page section in docs/errors.md and one test.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a source file.

    Attributes:
        file: name of the file as the user gave it.
        line: 1-based line in the file (0: the file as a whole).
        column: name or 1-based number of the column, "" when the row as a whole is meant.
        text: what stands there, cut to a readable length.
        reason: what is wrong with it, in the user's language, one sentence.
    """

    file: str
    line: int
    column: str
    text: str
    reason: str


class CarbonLedgerError(Exception):
    """Root of all errors this program raises on purpose.

    Attributes:
        code: stable name of the error, a heading of docs/errors.md.
        message: what happened, and where.
        hint: what to do next; "" when nothing can be advised.
        problems: the single faults, when there are several.
    """

    code = "error"

    def __init__(
        self, message: str, *, code: str = "", hint: str = "", problems: Iterable[Fault] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)
        if code:
            self.code = code


class Refusal(CarbonLedgerError):
    """The request cannot be carried out; the ledger is as it was before."""

    code = "refused"


class UnitRefused(Refusal):
    """A unit's spelling is unknown or ambiguous, or its dimension does not fit."""

    code = "unit"


class NumberRefused(Refusal):
    """A text is no exact decimal number, or one too large to store."""

    code = "number"


class SiteRefused(Refusal):
    """A site description contradicts itself or what is posted."""

    code = "site"


class ImportRefused(Refusal):
    """A file cannot be posted.

    Attributes:
        understood: of a dry run, what was understood of the file up to then; see docs/import.md.
    """

    code = "import"
    understood: Mapping[str, Any] | None = None


class ImportUndecided(ImportRefused):
    """A file can be read in several ways, and nothing in it says which is meant.

    Attributes:
        choices: keys of a profile, each set of which settles it.
        readings: what each way to read it gives, once it was tried; see docs/import.md.
    """

    code = "import"

    def __init__(
        self,
        message: str,
        *,
        choices: Iterable[Mapping[str, Any]],
        code: str,
        hint: str = "",
        problems: Iterable[Fault] = (),
    ) -> None:
        super().__init__(message, code=code, hint=hint, problems=problems)
        self.choices = tuple(choices)
        self.readings: tuple[Mapping[str, Any], ...] = ()


class MeterRefused(Refusal):
    """What is said of a meter does not fit what is posted of it, or cannot be estimated."""

    code = "meter"


class FactorNotFound(Refusal):
    """No factor fits; the message names what was looked for and where."""

    code = "factor-not-found"


class FactorRefused(Refusal):
    """A pack or a factor is malformed, or used for another purpose than its own."""

    code = "factor"


class LedgerRefused(Refusal):
    """The database refuses: missing, locked, read-only, of another version, full."""

    code = "ledger"


class PeriodClosed(Refusal):
    """What is to be posted moves figures of a closed period, and no reason to restate is given."""

    code = "period-closed"


class CalculationRefused(Refusal):
    """The figures asked for cannot be computed from what is posted."""

    code = "calculation"


class LedgerDamaged(CarbonLedgerError):
    """What is stored contradicts itself: tampering or a failed disk."""

    code = "damaged"
