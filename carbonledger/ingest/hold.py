"""Holding a file so that others can see whether its process lives; the system ends it with that."""

import sys
from typing import IO

if sys.platform == "win32":
    import msvcrt

    # Beyond the text: a locked byte can be read by nobody else.
    FAR = 1 << 30

    def hold(file: IO[bytes]) -> None:
        """Hold an open file for as long as it is open."""
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        file.seek(0)

    def held(file: IO[bytes]) -> bool:
        """Tell whether another one holds a file."""
        file.seek(FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return True
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        file.seek(0)
        return False

else:
    import fcntl

    def hold(file: IO[bytes]) -> None:
        """Hold an open file for as long as it is open."""
        # Waits for the moment in which another one asks whether it is held.
        fcntl.flock(file, fcntl.LOCK_EX)

    def held(file: IO[bytes]) -> bool:
        """Tell whether another one holds a file."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(file, fcntl.LOCK_UN)
        return False
