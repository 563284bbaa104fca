"""A folder that exports arrive in: which of its files are due, and which were told of.

Nothing is remembered but by the ledger, which knows a posted file by its hash; here only what was
tried since the watch began, so that a refused file is told once, and again when it changes.
"""

from dataclasses import dataclass, field
from pathlib import Path

from carbonledger.errors import CarbonLedgerError, LedgerRefused
from carbonledger.ingest.folder import files_in

Stamp = tuple[int, int]


@dataclass(slots=True)
class Watch:
    """What is known of the files of a folder.

    Attributes:
        folder: the folder.
        recursive: the folders below it too.
    """

    folder: Path
    recursive: bool = False
    _seen: dict[Path, Stamp] = field(default_factory=dict)
    _through: dict[Path, Stamp] = field(default_factory=dict)
    _told: dict[Path, tuple[Stamp, str]] = field(default_factory=dict)

    def due(self) -> list[Path]:
        """Look at the folder; return the files to import now.

        A file is due when its size and time are those of the last look: one that is being written
        is left alone.

        Raises:
            OSError: the folder cannot be read.
        """
        before, self._seen = self._seen, {}
        for path in files_in(self.folder, recursive=self.recursive):
            stamp = _stamp(path)
            if stamp is not None:
                self._seen[path] = stamp
        self._through = {p: s for p, s in self._through.items() if self._seen.get(p) == s}
        still = (path for path, stamp in self._seen.items() if before.get(path) == stamp)
        return [path for path in still if path not in self._through]

    def posted(self, path: Path) -> None:
        """Note that a file is through: posted, or nothing new in it."""
        self._through[path] = self._seen[path]

    def refused(self, path: Path, error: CarbonLedgerError, place: Path | None = None) -> bool:
        """Note that a file was refused, and return whether that is news.

        Args:
            path: the file.
            error: why.
            place: the member of it that was refused, where it is an archive.

        What the ledger refuses (another one writes to it, its disk is full, its server is away) is
        tried again at the next look; what is wrong with the file, when the file changes.
        """
        stamp = self._seen[path]
        if not isinstance(error, LedgerRefused):
            self._through[path] = stamp
        told = place or path
        news = self._told.get(told) != (stamp, error.code)
        self._told[told] = (stamp, error.code)
        return news


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        # Taken away since the folder was listed.
        return None
    return status.st_size, status.st_mtime_ns
