"""Temporary files that what is unpacked is written to."""

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from carbonledger.errors import ImportRefused


@contextmanager
def temporary() -> Iterator[IO[bytes]]:
    """Give a temporary file, which ends when writing to it fails."""
    out: IO[bytes] | None = None
    try:
        out = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads the text closes it
        yield out
    except BaseException as error:
        if out is not None:
            out.close()
        if isinstance(error, OSError):
            raise _unwritable(error) from error
        raise


def _unwritable(error: OSError) -> ImportRefused:
    """Return the refusal of a file that cannot be unpacked for want of space or a folder."""
    return ImportRefused(
        f"the file cannot be unpacked in the temporary folder: {error.strerror}",
        code="disk-full" if error.errno == errno.ENOSPC else "spool",
        hint="free some space in the temporary folder, or name another by TMPDIR",
    )
