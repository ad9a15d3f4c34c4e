"""Moments as the press writes them: RFC 822, ISO 8601, and what outlets make of both. Never invented, always UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
# Hours from UTC of the zones that feeds name (RFC 822, 5.1, and the ones that Europe's outlets add).
_ZONES = {
    **dict.fromkeys(["utc", "gmt", "ut", "z", "wet"], 0.0),
    **dict.fromkeys(["bst", "west", "cet"], 1.0),
    **dict.fromkeys(["cest", "eet", "sast"], 2.0),
    **dict.fromkeys(["eest", "msk", "trt", "idt"], 3.0),
    "ist": 5.5,
    **dict.fromkeys(["hkt", "sgt", "awst"], 8.0),
    **dict.fromkeys(["jst", "kst"], 9.0),
    "aest": 10.0,
    "aedt": 11.0,
    "adt": -3.0,
    **dict.fromkeys(["ast", "edt"], -4.0),
    **dict.fromkeys(["est", "cdt"], -5.0),
    **dict.fromkeys(["cst", "mdt"], -6.0),
    **dict.fromkeys(["mst", "pdt"], -7.0),
    **dict.fromkeys(["pst", "akdt"], -8.0),
}
_EARLIEST, _LATEST = 1800, 2200

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:(?:[T ]|\s+at\s+|\s*,\s*)(\d\d?):?(\d\d)(?::?(\d\d))?(?:[.,]\d{1,12})?)?", re.IGNORECASE
)
_CLOCK = re.compile(r"(?<!\d)(\d\d?):(\d\d)(?::(\d\d))?(?:[.,]\d{1,12})?\s*(?:([ap])\.?m\b)?", re.IGNORECASE)
_OFFSET = re.compile(r"(?:GMT|UTC|UT|Z)?\s*([+-])(\d\d?):?(\d\d)?(?!\d)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_DAY_FIRST = re.compile(r"(\d\d?)(?:st|nd|rd|th)?\.?[\s-]+([^\W\d_]{3,9})\.?,?[\s-]+(\d{4}|\d\d)(?!\d)")
_MONTH_FIRST = re.compile(
    r"([^\W\d_]{3,9})\.?\s+(\d\d?)(?:st|nd|rd|th)?(?:\s*,\s*|\s+)"
    r"(?:\d\d?:\d\d\S*\s+(?:\w+\s+)?)?(\d{4})"  # ctime puts the time before the year
)
_NUMBERS = re.compile(r"(\d\d?)([./-])(\d\d?)\2(\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(\d{4})([./])(\d\d?)\2(\d\d?)(?!\d)")


def parse(text: str) -> datetime | None:
    """The moment that an outlet claims, in UTC; None where none can be read.

    Without a zone it is UTC, without a time it is midnight. A date that two countries read differently (01/02/2026) is
    no date.

    >>> parse("Friday, February 27, 2026 - 12:38")
    datetime.datetime(2026, 2, 27, 12, 38, tzinfo=datetime.timezone.utc)
    >>> parse("19 Sep. 2025 12:00:00 GMT") == parse("2025-09-19T14:00:00+02:00")
    True
    >>> parse("02/03/2026") is parse("yesterday") is None
    True
    """
    text = text.strip()[:100]
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return _in_range(datetime.fromtimestamp(int(text[:10]), UTC))  # seconds or milliseconds since 1970
    iso = _ISO.match(text)
    if iso:
        return _moment(iso[1], iso[2], iso[3], (iso[4], iso[5], iso[6], None), text[iso.end() :])
    day = _day(text)
    if not day:
        return None
    clock = _CLOCK.search(text)
    time = (clock[1], clock[2], clock[3], clock[4]) if clock else (None, None, None, None)
    return _moment(*day, time, text[clock.end() :] if clock else "")


def is_ambiguous(text: str) -> bool:
    """Whether this is a date that two countries read differently, and therefore none.

    >>> is_ambiguous("02/03/2026 10:00"), is_ambiguous("13/03/2026"), is_ambiguous("soon")
    (True, False, False)
    """
    text = text.strip()[:100]
    found = _NUMBERS.search(text)
    return found is not None and _day(text) is None and max(int(found[1]), int(found[3])) <= 12


def _day(text: str) -> tuple[str, str, str] | None:
    """Year, month and day as digits."""
    found = _DAY_FIRST.search(text)
    if found and (month := _month(found[2])):
        return _year(found[3]), month, found[1]
    found = _MONTH_FIRST.search(text)
    if found and (month := _month(found[1])):
        return found[3], month, found[2]
    found = _YEAR_FIRST.search(text)
    if found:
        return found[1], found[3], found[4]
    found = _NUMBERS.search(text)
    if not found:
        return None
    first, mark, second, year = found.groups()
    if mark == "." or int(first) > 12 or first == second:
        return year, second, first
    return (year, first, second) if int(second) > 12 else None


def _month(word: str) -> str | None:
    word = word.lower()
    word = "sep" if word == "sept" else word
    return next((str(number) for number, name in enumerate(_MONTHS, 1) if name.startswith(word)), None)


def _year(digits: str) -> str:
    if len(digits) == 4:
        return digits
    return f"19{digits}" if int(digits) >= 70 else f"20{digits}"


def _moment(
    year: str, month: str, day: str, time: tuple[str | None, str | None, str | None, str | None], rest: str
) -> datetime | None:
    hour, minute, second, half = time
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    try:
        # A leap second is no Python second; 24:00 is the next day's midnight.
        time_of_day = timedelta(hours=hours, minutes=int(minute or 0), seconds=min(int(second or 0), 59))
        if time_of_day > timedelta(days=1) or int(minute or 0) > 59:
            return None
        at = datetime(int(year), int(month), int(day), tzinfo=UTC) + time_of_day
        return _in_range(at.replace(tzinfo=_zone(rest)).astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _zone(rest: str) -> timezone:
    offset = _OFFSET.search(rest[:20])
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    for word in _WORD.findall(rest[:30]):
        if word.lower() in _ZONES:
            return timezone(timedelta(hours=_ZONES[word.lower()]))
    return UTC


def _in_range(at: datetime) -> datetime | None:
    """What a clock can have said; the year 1 and the first second of 1970 are programs' words for 'no date'."""
    return at if _EARLIEST <= at.year < _LATEST and at.timestamp() != 0 else None
