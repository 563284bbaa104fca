"""Which form the stamps of a file are in: recognised where there is one way to read them.

Day-month and month-day look alike, and so do two-digit years. All stamps of the first block are
asked: a 13 in the wrong place settles it, and so does the order of the rows, where one reading runs
in equal steps and the other jumps at every midnight. What then still has two readings is a question
to the user.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.int64]
NOT_A_TIME = np.iinfo(np.int64).min
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (a wall clock has no zone)
DAY = 86400
# Clocks of Europe by name, as exports print them behind a stamp; no name here means two things.
CLOCKS = {"MEZ": 3600, "MESZ": 7200, "CET": 3600, "CEST": 7200, "UTC": 0, "GMT": 0}
DIRECTIVES = {
    "%Y": r"(?P<Y>\d{4})", "%y": r"(?P<y>\d{2})", "%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})",
    "%H": r"(?P<H>\d{1,2})", "%M": r"(?P<M>\d{2})", "%S": r"(?P<S>\d{2})",
    "%b": r"(?P<b>[A-Za-z]{3,9})", "%p": r"(?P<p>[AaPp]\.?[Mm]\.?)", "%I": r"(?P<I>\d{1,2})",
    "%f": r"0{1,9}", "%z": r"(?P<z>Z|[+-]\d{2}(?::?\d{2})?)", "%%": "%",
    "%Z": rf"(?P<Z>{'|'.join(CLOCKS)})",
}  # fmt: skip
NUMBERS = {"%Y", "%y", "%m", "%d", "%H", "%M", "%S", "%I"}
# Seconds or milliseconds since 1970-01-01 UTC.
EPOCHS = {"epoch": r"(?P<epoch>\d{9,10})(?:\.0+)?", "epoch_ms": r"(?P<epoch>\d{12,13})(?:\.0+)?"}
FIRST_YEAR, LAST_YEAR = 1900, 2199
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    " %I:%M%p",
    " %I:%M:%S%p",
    " %H.%M",
)
KNOWN = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M%z",
    "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f%z",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d %H:%M",
    "%Y%m%dT%H%M", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y%m%d%H%M%z",
    "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日%H:%M", "%Y年%m月%d日%H时%M分",
    "%Y年%m月%d日 %H时%M分", "%Y年%m月%d日%H时",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%y %H:%M:%S", "%d.%m.%y %H:%M",
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%Y年%m月%d日",
    "%d.%m.%Y %H:%M %Z", "%d.%m.%Y %H:%M:%S %Z", "%Y-%m-%d %H:%M %Z", "%Y-%m-%d %H:%M:%S %Z",
    "%Y.%m.%d %H:%M", "%Y.%m.%d %H:%M:%S", "%Y-%m", "%Y/%m", "%Y年%m月",
    *(day + time for day, time in product(
        ("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y", "%b %d %Y", "%b %d, %Y", "%d/%b/%Y"),
        TIMES)),
)  # fmt: skip
SLASHES = re.compile(r"^\d{1,2}(?P<sign>[/-])\d{1,2}[/-](?P<year>\d{4}|\d{2})\b(?P<time>.*)$")
# A day, and behind it the number of an hour.
NUMBERED = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\s+\d{1,2}")
SHORT = 2
BLANKS = r"\s*"
HOURS = "%Y%m%d%H"
# A reading may break its equal steps so often (gaps, changes of the clock) and still be regular;
# the other must break them so many times more.
BREAKS, TIMES_MORE = 2, 3
ASKED = 20_000


def recognised(stamps: Iterable[str]) -> str:
    """Return the form in which stamps can be read in one way only.

    Args:
        stamps: texts in the order of the file, each once; the first decides among forms that
            cannot be mistaken for each other.

    Raises:
        ValueError: there are two ways, or none.
    """
    texts = [tidy(text) for _, text in zip(range(ASKED), stamps, strict=False)]
    first = next((text for text in texts if text), "")
    forms = [known for known in (*KNOWN, *EPOCHS) if pattern(known).fullmatch(first)]
    good = [form for form in forms if seconds(first, pattern(form)) != NOT_A_TIME]
    if any(form in EPOCHS for form in good) and _reads(HOURS, [first]):
        raise ValueError(
            f"{first!r} can be seconds since 1970 or a date and an hour; "
            f'say which: time_format = "epoch" or "{HOURS}"'
        )
    if good:
        return good[0]
    if forms:
        raise ValueError(f"{first!r} is no date and time that ever was")
    if NUMBERED.fullmatch(first):
        raise ValueError(
            f"{first!r} is a day and the number of an hour; say how the day is written and which "
            'hour that is: time_format = "%d/%m/%Y %H" with stamp = "end" where 1 ends at 01:00, '
            'or stamp = "start" where it begins then'
        )
    if SLASHES.match(first):
        return _settled(first, [text for text in texts if text])
    raise ValueError(f"{first!r} is no stamp that is known; state time_format in the profile")


def tidy(text: str) -> str:
    """Return a stamp with plain digits and blanks, none around it."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def either_way(text: str) -> list[str]:
    """Return the forms in which a date of three short numbers can be read."""
    hit = SLASHES.match(text)
    if hit is None:
        return []
    short = len(hit["year"]) == SHORT
    orders = ("%d %m %y", "%m %d %y", "%y %m %d") if short else ("%d %m %Y", "%m %d %Y")
    time = next((t for t in TIMES if pattern(t).fullmatch(hit["time"])), None)
    if time is None:
        return []
    return [order.replace(" ", hit["sign"]) + time for order in orders]


def _settled(first: str, texts: Sequence[str]) -> str:
    """Return the one form in which all stamps can be read, and in which their order makes sense."""
    forms = [form for form in either_way(first) if _reads(form, [first])]
    if not forms:
        raise ValueError(f"{first!r} is no stamp that is known; state time_format in the profile")
    whole = [form for form in forms if _reads(form, texts)]
    # One broken stamp must not settle what all others leave open: then all forms stay possible.
    left = whole or forms
    if len(left) > 1:
        left = _regular(left, texts)
    if len(left) > 1:
        raise Undecided(first, left)
    return left[0]


class Undecided(ValueError):
    """Stamps that can be read in more than one way.

    Attributes:
        forms: the ways.
    """

    def __init__(self, text: str, forms: Sequence[str]) -> None:
        said = " or ".join(f'"{form}"' for form in forms)
        years = any("%y" in form for form in forms)
        what = "day-month, month-day or year first" if years else "day-month or month-day"
        super().__init__(f"{text!r} can be {what}; say which: time_format = {said}")
        self.forms = tuple(forms)


def _reads(form: str, texts: Sequence[str]) -> bool:
    made = pattern(form)
    return all(seconds(text, made) != NOT_A_TIME for text in texts)


def _regular(forms: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return the forms in which the stamps run in equal steps, when the others plainly do not."""
    if "%H" not in forms[0] and "%I" not in forms[0]:
        # Days read the other way round become months, just as regular.
        return list(forms)
    breaks = {form: _breaks(form, texts) for form in forms}
    best = min(breaks.values())
    kept = [form for form, count in breaks.items() if count < TIMES_MORE * (best + 1)]
    return kept if best <= BREAKS + len(texts) // 100 else list(forms)


def _breaks(form: str, texts: Sequence[str]) -> int:
    """Count the steps between stamps that are not of the usual length."""
    made = pattern(form)
    walls = np.array([seconds(text, made) for text in texts], np.int64)
    steps = np.diff(walls[walls != NOT_A_TIME])
    if len(steps) == 0:
        return 0
    _, counts = np.unique(steps, return_counts=True)
    return int(len(steps) - counts.max())


def check_format(form: str) -> None:
    """Check that a time_format can be used.

    Raises:
        ValueError: it has a directive that is not supported, or none for the date.
    """
    pattern(form)
    if form not in EPOCHS and not {"%Y", "%y"} & set(re.findall("%[A-Za-z]", form)):
        raise ValueError("names no year: write %Y or %y")


@cache
def pattern(form: str) -> re.Pattern[str]:
    """Return the regular expression of a form.

    Raises:
        ValueError: it has a directive that is not supported.
    """
    if form in EPOCHS:
        return re.compile(rf"\s*{EPOCHS[form]}\s*")
    parts = re.split(r"(%[A-Za-z%])", form)
    made = []
    for place, part in enumerate(parts):
        if part.startswith("%") and len(part) == 2:  # noqa: PLR2004 (a directive is two signs)
            if part not in DIRECTIVES:
                raise ValueError(
                    f"time_format: {part} is not supported; {', '.join(DIRECTIVES)} are"
                )
            # Without a sign between them only their width tells two numbers apart.
            whole = part in NUMBERS and _touches_a_number(parts, place)
            made.append(DIRECTIVES[part].replace("{1,2}", "{2}") if whole else DIRECTIVES[part])
        else:
            made.append(re.escape(part).replace(r"\ ", r"\s+"))
    return re.compile(BLANKS + "".join(made) + BLANKS)


@cache
def reading(form: str) -> re.Pattern[str]:
    """Return the expression that stamps of a file are read by, once their form is known.

    Between a date of ISO 8601 and its time T and a blank mean the same; programs mix them.

    Raises:
        ValueError: the form has a directive that is not supported.
    """
    made = pattern(form)
    if not form.startswith(("%Y-%m-%dT%H", "%Y-%m-%d %H")):
        return made
    date, time = pattern("%Y-%m-%d").pattern, pattern(form[len("%Y-%m-%dT") :]).pattern
    return re.compile(rf"{date.removesuffix(BLANKS)}(?:T|\s+){time.removeprefix(BLANKS)}")


def _touches_a_number(parts: Sequence[str], place: int) -> bool:
    """Tell whether a number stands right beside; parts are signs and directives in turn."""
    before = place >= 2 and not parts[place - 1] and parts[place - 2] in NUMBERS  # noqa: PLR2004
    behind = place + 2 < len(parts) and not parts[place + 1] and parts[place + 2] in NUMBERS
    return before or behind


def seconds(text: str, made: re.Pattern[str] | None) -> int:
    """Return a stamp in seconds: of the wall clock, or UTC where it states an offset."""
    hit = made.fullmatch(tidy(text)) if made else None
    if not hit:
        return NOT_A_TIME
    found = hit.groupdict()
    if "epoch" in found:
        return _since_1970(found["epoch"])
    try:
        day = datetime(_year(found), _month(found), int(found.get("d") or 1))  # noqa: DTZ001
    except ValueError:
        return NOT_A_TIME
    hour, minute, second = _hour(found), int(found.get("M") or 0), int(found.get("S") or 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):  # noqa: PLR2004
        return NOT_A_TIME
    moment = day + timedelta(hours=hour, minutes=minute, seconds=second)
    offset = _offset(found.get("z")) + CLOCKS.get(found.get("Z") or "UTC", 0)
    return int((moment - EPOCH).total_seconds()) - offset


def closes_a_day(text: str, made: re.Pattern[str] | None) -> bool:
    """Tell whether a stamp is 24:00."""
    hit = made.fullmatch(tidy(text)) if made else None
    return hit is not None and hit.groupdict().get("H") == "24"


def _since_1970(text: str) -> int:
    """Return seconds of a count of seconds or milliseconds; parts of a second are no stamp."""
    count = int(text)
    if len(text) <= 10:  # noqa: PLR2004 (milliseconds have 12 digits and more)
        return count
    return count // 1000 if count % 1000 == 0 else NOT_A_TIME


def _year(found: dict[str, str]) -> int:
    if "y" in found:
        return 2000 + int(found["y"]) if int(found["y"]) < 70 else 1900 + int(found["y"])  # noqa: PLR2004
    year = int(found["Y"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{year} is no year of a meter")
    return year


def _month(found: dict[str, str]) -> int:
    if "b" in found:
        return MONTHS.index(found["b"].lower()[:3]) + 1
    return int(found.get("m") or 1)


def _hour(found: dict[str, str]) -> int:
    if "I" in found:
        hour = int(found["I"])
        if not 1 <= hour <= 12:  # noqa: PLR2004 (a clock with a.m. and p.m.)
            return 99
        return hour % 12 + (12 if (found.get("p") or "").lower().startswith("p") else 0)
    return int(found.get("H") or 0)


def _offset(text: str | None) -> int:
    if not text or text == "Z":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (1 if text[0] == "+" else -1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)
