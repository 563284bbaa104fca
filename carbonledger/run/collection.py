"""When memory is searched for garbage: not while a calculation makes its records.

The records of a calculation point at no record that points back, so counting references frees them;
searching tens of thousands of them again and again for circles finds none and costs a quarter of
the time of a large inventory.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Leave the search for circles out for a while, where it was on."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
