"""Scalars and arrays of NumPy, and what behaves like them, without importing it."""

from .scalars import duration, trimmed

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9, "ps": 10**12, "fs": 10**15, "as": 10**18}
_SECONDS = {"m": 60, "h": 3_600, "D": 86_400, "W": 604_800}
_TIMES, _SPANS, _FLOATS = "M", "m", "f"


def is_array(value):
    """Whether it is an array or a scalar of an array library; `memoryview` and NumPy's types themselves are none."""
    return callable(getattr(type(value), "tolist", None)) and not isinstance(value, (type, memoryview))


def size(value):
    """How many values an array holds. Its `size` may be a method, as PyTorch has it."""
    count = getattr(value, "size", None)
    if not isinstance(count, int):
        count = getattr(value, "numel", None)
        count = count() if callable(count) else len(value) if getattr(value, "ndim", 1) > 0 else 1
    return count


def is_labelled(value):
    """Whether it has labels that a list does not hold, such as a Series of pandas that is not counted from 0."""
    index = getattr(value, "index", None)
    if index is None or callable(index):
        return False
    return not (type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1)


def listed(value):
    """A list of what an array holds, or the value of a scalar, in Python's own types as far as there is one."""
    dtype = getattr(value, "dtype", None)
    kind = getattr(dtype, "kind", None)
    names = getattr(dtype, "names", None)
    if getattr(value, "ndim", 0) > 0:
        # As a list of Python's own values, times would lose their unit and records their names.
        return list(value) if kind in (_TIMES, _SPANS) or names else value.tolist()
    # An array without dimensions holds a scalar.
    value = value[()] if type(value).__name__ == "ndarray" else value
    if not is_array(value):
        return value
    if kind == _TIMES and hasattr(dtype, "str"):
        return _time(value)
    if kind == _SPANS and hasattr(dtype, "str"):
        return _span(value)
    if names:
        return {name: value[name] for name in names}
    if kind == _FLOATS and dtype.itemsize > 8:
        return _long_float(value)
    return value.tolist()


def _long_float(value):
    """As a decimal: a number where a double holds it, else its digits."""
    number = float(value)
    return number if number == value or number != number else str(value)


def _time(value):
    text = str(value)
    if text == "NaT":
        raise ValueError("it is no time (NaT)")
    if "T" not in text:
        return str(value.astype("datetime64[D]"))
    return trimmed(text + ":00" * (2 - text.count(":")))


def _span(value):
    if str(value) == "NaT":
        raise ValueError("it is no time (NaT)")
    # Such as <m8[25s]: counted in 25 seconds.
    unit = value.dtype.str.partition("[")[2].rstrip("]")
    name = unit.lstrip("0123456789")
    count = int(value.astype("int64")) * int(unit[: -len(name)] or 1) if name else None
    if name in ("Y", "M"):
        return f"P{count}{name}" if count >= 0 else f"-P{-count}{name}"
    if name in _SECONDS:
        return duration(count * _SECONDS[name], 1)
    if name in _PER_SECOND:
        return duration(count, _PER_SECOND[name])
    raise ValueError("it has no unit of time")
