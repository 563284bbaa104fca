"""What a user asks of an import."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a user asks of an import.

    Attributes:
        profile: file that says how to read; None: the file itself must say it.
        dry_run: do everything and post nothing.
        adjust: reason; unequal values are posted as adjusting entries.
        accept_rejects: post what can be posted and keep the rest in the table reject.
        write_profile: file to write a ready profile to.
        rejects: where to write the rows that cannot be posted; None: in the working folder.
        restate: why closed periods are changed; None: what falls into one is refused.
        keep: keep the bytes of the file beside the ledger.
        on_trial: the ledger is one that will be rolled back: post, and write no file.
        actor: who posts.
        now: time of posting, ISO 8601 in UTC.
    """

    profile: Path | None = None
    dry_run: bool = False
    adjust: str | None = None
    accept_rejects: bool = False
    restate: str | None = None
    rejects: Path | None = None
    write_profile: Path | None = None
    keep: bool = True
    on_trial: bool = False
    actor: str = ""
    now: str = ""

    @property
    def traceless(self) -> bool:
        """Whether nothing is to be left on the disk: no mark, no file of rejects."""
        return self.dry_run or self.on_trial

    @property
    def shows(self) -> bool:
        """Whether the answer is to hold what was understood of the file."""
        return self.dry_run or self.write_profile is not None
