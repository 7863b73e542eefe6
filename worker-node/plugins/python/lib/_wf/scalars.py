"""The text or number that single values become in JSON."""

import collections
import datetime
import decimal
import math
import os
import re
import uuid

MAX_INTEGER = 2**53 - 1
"""Beyond it an integer is a text: readers of JSON have doubles."""
EXACT_DIGITS = 15
"""Every decimal of up to this many digits survives the way through a double."""

_DIGITS_AT_ONCE = 4_000
"""Python writes no more than 4,300 digits of an integer at once."""
_FRACTION = re.compile("[0-9]*")


def scalar(value):
    """The form of numbers, dates, times, ids and paths; NotImplemented for everything else."""
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return integer(int.__add__(value, 0))
    if isinstance(value, float):
        return floating(float.__float__(value))
    if isinstance(value, decimal.Decimal):
        return _decimal(value)
    if isinstance(value, datetime.datetime):
        return _moment(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return trimmed(value.isoformat())
    if isinstance(value, datetime.timedelta):
        return _span(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, collections.UserString):
        return str(value)
    return NotImplemented


def integer(value):
    return value if -MAX_INTEGER <= value <= MAX_INTEGER else digits(value)


def floating(value):
    if math.isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def digits(value):
    """All digits of an integer, however many."""
    parts, rest, base = [], abs(value), 10**_DIGITS_AT_ONCE
    while rest >= base:
        rest, part = divmod(rest, base)
        parts.append(str(part).zfill(_DIGITS_AT_ONCE))
    return ("-" if value < 0 else "") + str(rest) + "".join(reversed(parts))


def _decimal(value):
    if not value.is_finite():
        return "NaN" if value.is_nan() else "-Infinity" if value < 0 else "Infinity"
    _, figures, exponent = value.as_tuple()
    if len(figures) <= EXACT_DIGITS:
        number = float(value)
        if decimal.Decimal(repr(number)) == value:
            return number
    return format(value, "f") if abs(exponent) < 100 else str(value)


def _moment(value):
    if value != value:
        raise ValueError("it is no time (NaT)")
    if value.utcoffset() is None:
        return trimmed(value.replace(tzinfo=None).isoformat())
    return trimmed(value.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat()) + "Z"


def _span(value):
    # Those of pandas count nanoseconds, in `value`.
    if hasattr(value, "value"):
        return duration(int(value.value), 10**9)
    return duration(value // datetime.timedelta(microseconds=1), 10**6)


def trimmed(text):
    """The time without zeros at the end of its fraction, which an offset may follow."""
    head, dot, tail = text.partition(".")
    digits = _FRACTION.match(tail)[0]
    fraction = digits.rstrip("0")
    return head + (dot + fraction if fraction else "") + tail[len(digits) :]


def duration(count, per_second):
    """A duration of ISO 8601, such as P1DT2H0.5S; `per_second` is a power of ten."""
    seconds, part = divmod(abs(count), per_second)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    fraction = str(part).zfill(len(str(per_second)) - 1).rstrip("0") if part else ""
    amount = f"{seconds}.{fraction}" if fraction else str(seconds)
    times = [f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number]
    if amount != "0" or not (days or times):
        times.append(f"{amount}S")
    return ("-" if count < 0 else "") + "P" + (f"{days}D" if days else "") + ("T" + "".join(times) if times else "")
