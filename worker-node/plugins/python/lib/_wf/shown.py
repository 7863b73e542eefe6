"""Values as a log shows them: JSON as in outputs, and text in place of whatever has no JSON form. Nothing raises here."""

import itertools
import json

from .arrays import size
from .values import NotJson, Walk, describe

CUT = " … (cut)"
MESSAGE_BYTES = 64 * 1024
"""Of a message; the rest is cut off."""
_ROOM = 32 * 1024
"""Bytes of JSON that one value gets; the rest is cut off."""
_KEPT = 1024
"""What of the room a value leaves to those behind it, as long as there is more than twice as much."""
_BRACKETS = 4
_COMMA = 2
_MARK = 24
_DEPTH = 32
_ARRAY_ITEMS = 1_000
"""Larger arrays are shown as they print themselves: the first and the last items."""


def show(value):
    """The value in JSON's terms, in about 32 KiB at most."""
    try:
        return _Show().value(value)
    except Exception as error:
        return f"<cannot be shown: {type(error).__name__}>"


def show_object(value):
    """As `show`, but always an object: anything else comes as its `value`."""
    plain = show(value)
    return plain if isinstance(plain, dict) else {"value": plain}


def message(value):
    """The text of a message or name, within the limit."""
    if isinstance(value, str):
        return clip_bytes(whole(value), MESSAGE_BYTES)
    walk = _Show()
    plain = walk.value(value)
    if not isinstance(plain, str):
        # The own text of a value that is large, or that shares parts of itself, can take for ever.
        plain = str(plain) if walk.is_cut else text_of(value)
    return clip_bytes(plain, MESSAGE_BYTES)


def clip_bytes(text, limit):
    """Cut between characters."""
    if len(text) * 4 <= limit:
        return text
    data = text.encode()
    if len(data) <= limit:
        return text
    return data[: limit - len(CUT.encode())].decode(errors="ignore") + CUT


def whole(text):
    """The text with a mark in place of each half of a character."""
    if text.isascii():
        return str.__str__(text)
    return text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")


def text_of(value):
    if isinstance(value, BaseException):
        return whole(describe(value))
    try:
        return whole(str(value))
    except Exception as error:
        return f"<{type(value).__name__} whose text cannot be read: {type(error).__name__}>"


class _Show(Walk):
    def __init__(self):
        super().__init__()
        self.room, self.kept, self.is_cut = _ROOM, 0, False

    def value(self, value):
        before = self.room
        try:
            plain = super().value(value)
        except (NotJson, Exception):
            plain = self.text(text_of(value))
        if self.room == before:
            # A number, or one that became a text.
            if isinstance(plain, str):
                return self.text(plain)
            self.room -= _size(plain) + _COMMA
        return plain

    def text(self, value):
        text, limit = whole(value), self.room - self.kept
        if len(text) > limit or _size(text) > limit:
            text = _start(text, limit) + self.cut()
        self.room -= _size(text) + _COMMA
        return text

    def array(self, value):
        # As it prints itself, with its first and last items. Only arrays with dimensions do that.
        if size(value) <= _ARRAY_ITEMS:
            return super().array(value)
        return self.text(text_of(value)) if hasattr(value, "ndim") else self.sequence(value)

    def inside(self, value, convert):
        self.room -= _BRACKETS
        if id(value) in self.open:
            return "<contains itself>"
        if len(self.open) >= _DEPTH:
            return f"<{type(value).__name__}>{self.cut()}"
        return self.enter(value, convert)

    def sequence(self, values):
        items = []
        for item in values:
            if self.room <= self.kept:
                items.append(self.cut().strip())
                break
            items.append(self.before_others(item))
        return items

    def entries(self, pairs):
        entries = {}
        for key, item in pairs:
            if self.room <= self.kept:
                entries["…"] = self.cut().strip()
                break
            entries[self.other_than(entries, self.key(key), key)] = self.before_others(item)
        return entries

    def cut(self):
        self.is_cut = True
        self.room -= _MARK
        return CUT

    def other_than(self, entries, name, key):
        if name not in entries:
            return name
        self.room -= _MARK
        kind = f"{name} ({type(key).__name__}"
        numbered = (f"{kind} {n})" for n in itertools.count(len(entries)))
        return next(each for each in itertools.chain((f"{kind})",), numbered) if each not in entries)

    def before_others(self, item):
        kept = self.kept
        self.kept += max(0, min(_KEPT, (self.room - kept) // 2))
        try:
            return self.value(item)
        finally:
            self.kept = kept

    def key(self, key):
        plain = self.before_others(key)
        return plain if isinstance(plain, str) else text_of(key) if isinstance(plain, (dict, list)) else json.dumps(plain)

    def expect(self, count):
        """Its own limit is `room`."""


def _size(plain):
    """Bytes of JSON."""
    return len(json.dumps(plain, ensure_ascii=False).encode())


def _start(text, limit):
    """As much of the text as has that size, between characters."""
    fits, ends = 0, min(len(text), max(0, limit))
    while fits < ends:
        middle = (fits + ends + 1) // 2
        if _size(text[:middle]) <= limit:
            fits = middle
        else:
            ends = middle - 1
    return text[:fits]
