"""Values as a log shows them: JSON as in outputs, and text in place of whatever has no JSON form. Nothing raises here."""

import json

from .values import NotJson, Walk, describe

CUT = " … (cut)"
MESSAGE_BYTES = 64 * 1024
"""Of a message; the rest is cut off."""
_ROOM = 32 * 1024
"""Characters of JSON that one value gets; the rest is cut off."""
_DEPTH = 32
_ARRAY_ITEMS = 1_000
"""Larger arrays are shown as they print themselves: the first and the last items."""


def show(value):
    """The value in JSON's terms, in at most about 40,000 characters."""
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
    plain = value if isinstance(value, str) else show(value)
    if not isinstance(plain, str):
        plain = text_of(value)
    return clip_bytes(whole(plain), MESSAGE_BYTES)


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
        self.room = _ROOM

    def value(self, value):
        try:
            plain = self.large(value) if getattr(type(value), "size", None) is not None else super().value(value)
        except (NotJson, Exception):
            plain = text_of(value)
        if isinstance(plain, str):
            plain = self.clipped(plain)
        elif not isinstance(plain, (dict, list)):
            self.room -= 8
        return plain

    def large(self, value):
        size = value.size
        return text_of(value) if isinstance(size, int) and size > _ARRAY_ITEMS else super().value(value)

    def text(self, value):
        return whole(value)

    def clipped(self, text):
        cost = len(json.dumps(text)) if len(text) <= self.room else self.room + 1
        if cost > self.room:
            text = text[: max(0, self.room) // 6] + CUT
            cost = self.room
        self.room -= cost + 8
        return text

    def inside(self, value, convert):
        if len(self.open) >= _DEPTH:
            return text_of(value)[:200] + CUT
        if id(value) in self.open:
            return "<contains itself>"
        return super().inside(value, convert)

    def sequence(self, values):
        items = []
        for item in values:
            if self.room <= 0:
                items.append(CUT.strip())
                break
            items.append(self.value(item))
        return items

    def entries(self, pairs):
        entries = {}
        for key, item in pairs:
            if self.room <= 0:
                entries["…"] = CUT.strip()
                break
            name = self.key(key)
            while name in entries:
                name += f" ({type(key).__name__})"
            entries[name] = self.value(item)
        return entries

    def key(self, key):
        plain = self.value(key)
        return plain if isinstance(plain, str) else text_of(key) if isinstance(plain, (dict, list)) else json.dumps(plain)

    def take(self, count):
        """Its own limit is `room`."""
