"""Values of Python as JSON, by the table in docs/plugins/scripts.md."""

import collections.abc
import dataclasses
import enum
import json
import re
import types

from .arrays import is_array, is_labelled, listed, size
from .scalars import floating, integer, scalar

MAX_DEPTH = 64
MAX_VALUES = 8 * 1024 * 1024
"""An output of more values has over 16 MiB, and so has one of twice as many characters."""
_LONG_TEXT = 64
"""From here on the characters of a text count."""
_KEPT_VALUES = 32
"""What has as many values is gone through once, in however many places it is."""

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")


_UNKNOWN = None, None, 0, 0


class NotJson(Exception):
    """What has no JSON form. `reason` is said of the place that `path` leads to, innermost first."""

    def __init__(self, reason, code="INVALID_OUTPUT"):
        super().__init__(reason)
        self.reason, self.code, self.path = reason, code, []

    def __str__(self):
        # The way to what lies too deep would be all that there is to read; too large is the whole.
        return f"{self.where() if self.code == 'INVALID_OUTPUT' else 'output'} {self.reason}"

    def where(self):
        steps = []
        for at in reversed(self.path):
            plain = isinstance(at, str) and _PLAIN_KEY.match(at)
            steps.append(f".{at}" if plain else f"[{at}]" if isinstance(at, int) else f"[{json.dumps(at)}]")
        return "output" + "".join(steps)


class Walk:
    """Goes through a value once. It answers dict, list, str, int, float, bool and None only; raises NotJson for the rest."""

    def __init__(self):
        self.open, self.count, self.deepest, self.known = set(), 0, 0, {}

    def value(self, value):
        kind = type(value)
        if kind is str:
            return self.text(value)
        if kind is float:
            return floating(value)
        if kind is int:
            return integer(value)
        if value is None or kind is bool:
            return value
        if kind is dict:
            return self.inside(value, self.mapping)
        if kind is list or kind is tuple:
            return self.inside(value, self.listing)
        try:
            return self.other(value)
        except (NotJson, MemoryError):
            raise
        except Exception as error:
            raise NotJson(f"is a {kind.__name__} that cannot be read as JSON: {describe(error)}") from error

    def other(self, value):
        if isinstance(value, enum.Enum):
            return self.value(value.value)
        single = scalar(value)
        if single is not NotImplemented:
            return self.value(single)
        if is_array(value):
            return self.inside(value, self.array)
        if isinstance(value, collections.abc.Mapping):
            return self.inside(value, self.other_mapping)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self.inside(value, self.fields)
        if isinstance(value, collections.abc.Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
            return self.inside(value, self.other_sequence)
        if type(value).__name__ == "NAType":
            # pandas.NA: a value that is missing.
            return None
        raise refusal(value)

    def text(self, value):
        if len(value) >= _LONG_TEXT:
            self.take(len(value) // 2)
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise NotJson("holds half of a surrogate pair, which is no character") from None
        return value

    def inside(self, value, convert):
        """Parts of a value that share their parts can be more than anybody can go through."""
        _, plain, count, height = self.known.get(id(value), _UNKNOWN)
        if count > 0 and len(self.open) + height <= MAX_DEPTH:
            self.take(count)
            return plain
        before, outside, self.deepest = self.count, self.deepest, 0
        plain = self.enter(value, convert)
        count, height = self.count - before, self.deepest - len(self.open)
        if count >= _KEPT_VALUES:
            # With the value itself: what is gone leaves its id to another.
            self.known[id(value)] = value, plain, count, height
        self.deepest = max(outside, self.deepest)
        return plain

    def enter(self, value, convert):
        if id(value) in self.open:
            raise NotJson("contains itself")
        if len(self.open) >= MAX_DEPTH:
            raise NotJson(f"is nested over {MAX_DEPTH} levels deep: flatten it, or store it as an artifact", "OUTPUT_TOO_DEEP")
        self.open.add(id(value))
        self.deepest = max(self.deepest, len(self.open))
        try:
            return convert(value)
        finally:
            self.open.discard(id(value))

    def listing(self, values):
        self.take(len(values))
        return self.sequence(values)

    def other_sequence(self, values):
        if isinstance(values, (list, tuple)):
            nothing_beside(values, ())
        self.expect(len(values))
        return self.sequence(self.counted(values))

    def sequence(self, values):
        items = []
        for item in values:
            try:
                items.append(self.value(item))
            except NotJson as refused:
                refused.path.append(len(items))
                raise
        return items

    def mapping(self, values):
        self.take(len(values))
        return self.entries(values.items())

    def other_mapping(self, values):
        if isinstance(values, dict):
            nothing_beside(values, values)
        self.expect(len(values))
        return self.entries(self.counted(values.items()))

    def fields(self, value):
        names = [field.name for field in dataclasses.fields(value)]
        self.take(len(names))
        nothing_beside(value, names)
        return self.entries((name, getattr(value, name)) for name in names)

    def counted(self, values):
        """One by one: what calls itself a sequence or mapping may have a length of its own, or no end."""
        for value in values:
            self.take(1)
            yield value

    def entries(self, pairs):
        entries, keys = {}, {}
        for key, item in pairs:
            name = self.key(key)
            if name in entries:
                raise NotJson(f"has the keys {shown(keys[name])} and {shown(key)}, which are one key in JSON")
            keys[name] = key
            try:
                entries[name] = self.value(item)
            except NotJson as refused:
                refused.path.append(name)
                raise
        return entries

    def key(self, key):
        try:
            plain = self.value(key)
        except NotJson as refused:
            raise NotJson(f"has the key {shown(key)}, which {refused.reason}", refused.code) from refused
        if isinstance(plain, (dict, list)):
            raise NotJson(f"has the key {shown(key)}, a {type(key).__name__}: a key in JSON is a text")
        return plain if isinstance(plain, str) else json.dumps(plain)

    def array(self, value):
        if is_labelled(value):
            raise NotJson(f"is a {type(value).__name__} with labels, which a list would drop: use its .to_dict() to keep "
                          "them, or its .tolist()")
        self.expect(size(value))
        content = listed(value)
        if type(content) is list:
            return self.listing(content)
        if type(content) is type(value):
            raise refusal(value)
        return self.value(content)

    def take(self, count):
        self.expect(count)
        self.count += count

    def expect(self, count):
        if self.count + count > MAX_VALUES:
            raise NotJson("has over 16 MiB: store it as an artifact", "OUTPUT_TOO_LARGE")


def nothing_beside(value, names):
    """Refuses what has attributes of its own beside those names. Hidden and computed ones are no part of the value."""
    attributes = getattr(value, "__dict__", None)
    for name in attributes if type(attributes) is dict else ():
        if not name.startswith("_") and name not in names and not hasattr(getattr(type(value), name, None), "__get__"):
            raise NotJson(f"is a {type(value).__name__} with the attribute {name}, which is no part of its form in JSON: "
                          "give it as a key of a dict")


def refusal(value):
    """Why the value is refused, and what to do instead."""
    name = type(value).__name__
    if isinstance(value, collections.abc.Set):
        return NotJson(f"is a {name}: a set has no order in JSON, use sorted(...) or list(...)")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return NotJson(f"is {name}: bytes have no JSON form, decode them or write them as base64 or as an artifact")
    if isinstance(value, collections.abc.Awaitable):
        return NotJson(f"is a {name}: it was not awaited, use asyncio.run(...)")
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)):
        return NotJson(f"is the {'class' if isinstance(value, type) else 'function'} {getattr(value, '__name__', name)}")
    if isinstance(value, collections.abc.Iterable) and not hasattr(value, "columns"):
        return NotJson(f"is a {name}, which has no JSON form: use list(...)")
    ways = (("to_dicts", "use its to_dicts()"), ("to_dict", 'use its to_dict("records")'))
    plain = "give its parts as dict, list, text and numbers"
    remedy = next((remedy for method, remedy in ways if hasattr(value, method)), plain)
    return NotJson(f"is a {name}, which has no JSON form: {remedy}")


def shown(value):
    try:
        text = repr(value)
    except Exception:
        text = object.__repr__(value)
    return text if len(text) <= 100 else text[:100] + "..."


def describe(error):
    """An exception as a traceback ends, whatever its __str__ does."""
    try:
        text = str(error)
    except Exception:
        text = "<its text cannot be read>"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
