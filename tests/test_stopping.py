"""Being asked to stop: the wish is heard wherever the program is at that moment."""

import signal
import sys
import time

import pytest

from carbonledger.cli.stopping import stoppable

LONG_S = 30


class Disposed:
    """Gets the signal while it is disposed of, where Python passes on no exception."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_that_comes_while_something_is_disposed_of_stops_a_moment_later(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = signal.getsignal(signal.SIGTERM), sys.unraisablehook
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), stoppable():
        Disposed()
        time.sleep(LONG_S)
    assert time.monotonic() - begun < LONG_S / 2
    assert capsys.readouterr() == ("", "")
    assert (signal.getsignal(signal.SIGTERM), sys.unraisablehook) == before


def test_other_failures_of_that_kind_are_told_as_before() -> None:
    class Broken:
        def __del__(self) -> None:
            raise ValueError("broken")

    told: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, lambda what: told.append(what.exc_value)
    try:
        with stoppable():
            Broken()
    finally:
        sys.unraisablehook = before
    assert [str(one) for one in told] == ["broken"]
