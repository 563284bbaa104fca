"""Being asked to stop: Ctrl-C, and the signal a service manager or a shut-down sends."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PIECE_S = 0.1


@contextmanager
def stoppable() -> Iterator[None]:
    """Take SIGTERM for Ctrl-C meanwhile, so that work is undone and told in the same way."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Stop:
    """A wish to stop that is looked at where it suits, in work that goes on and on."""

    def __init__(self) -> None:
        self.wished = False

    def __call__(self, _number: int, _frame: Any) -> None:
        """Take a signal; a second one stops at once."""
        if self.wished:
            raise KeyboardInterrupt
        self.wished = True

    def look(self, *_: object) -> None:
        """Stop here if that is wished.

        Raises:
            KeyboardInterrupt: it is.
        """
        if self.wished:
            raise KeyboardInterrupt

    def sleep(self, seconds: float) -> None:
        """Wait, and look at the wish meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.look()
            time.sleep(min(left, PIECE_S))
        self.look()


@contextmanager
def wishes() -> Iterator[Stop]:
    """Take Ctrl-C and SIGTERM for a wish to stop meanwhile."""
    stop = Stop()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt
