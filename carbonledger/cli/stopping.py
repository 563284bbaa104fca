"""Being asked to stop: Ctrl-C, and the signal a service manager or a shut-down sends."""

import signal
import sys
import time
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer, main_thread
from typing import Any

PIECE_S = 0.1
SOON_S = 0.01


@contextmanager
def stoppable() -> Iterator[None]:
    """Take SIGTERM for Ctrl-C meanwhile, so that work is undone and told in the same way."""
    before, told = signal.signal(signal.SIGTERM, _stop), sys.unraisablehook
    sys.unraisablehook = lambda what: _again(what, told)
    try:
        yield
    finally:
        sys.unraisablehook = told
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


def _again(what: "sys.UnraisableHookArgs", told: Callable[..., object]) -> None:
    """Stop a moment later, where the signal came while something was being disposed of.

    Python passes on no exception from there: the wish would be lost.
    """
    if not issubclass(what.exc_type, KeyboardInterrupt):
        told(what)
        return
    later = Timer(SOON_S, _stop_main)
    later.daemon = True
    later.start()


def _stop_main() -> None:
    # A signal to the thread itself, because no other one ends its waiting; Windows has none.
    if signal.getsignal(signal.SIGTERM) is not _stop:
        return
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main_thread().ident or 0, signal.SIGTERM)
    else:
        interrupt_main(signal.SIGTERM)


def _stop(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt
