"""Where events go: through the runner's pipe, whoever writes, else to stderr; never into a file of the user's.

The pipe is descriptor 3 of the process that the runner started. The runner sets WF_EVENTS=3 for that process alone; `claim`
puts the process and the identity of the pipe (PID:DEVICE:INODE) there instead, for everything that it starts. A descriptor 3
that is no longer this pipe, or a child that did not inherit it, opens it again by way of /proc, or takes stderr.
"""

import itertools
import json
import os
import select
import stat

EVENTS = 3
_CLAIM = "3"
_PIECE_OVERHEAD = 112
_PATIENCE_MS = 10_000
"""How long a full pipe is waited for: the runner reads all the time."""

_address = os.environ.get("WF_EVENTS", "") if "WF_INPUT" in os.environ else ""
_reopened = None
_lost = itertools.count()
_lost_told = 0


def claim():
    """For the entry of the runner's own process, before anything of the user's runs."""
    global _address
    if _address == _CLAIM:
        found = os.fstat(EVENTS)
        _address = os.environ["WF_EVENTS"] = f"{os.getpid()}:{found.st_dev}:{found.st_ino}"


def is_child():
    """Whether this process was started by one that the runner started. Asked before `claim`."""
    return _address.count(":") == 2


def write(event):
    """Writes an event of JSON values. Never raises: what cannot be written is counted, and told once that is possible."""
    global _lost, _lost_told
    try:
        _send(event)
    except Exception:
        _lost_told = next(_lost) + 1
        return
    if _lost_told:
        count, _lost_told, _lost = _lost_told, 0, itertools.count()
        notice = f"{count} earlier event{'s' if count > 1 else ''} of the script could not be written."
        write({"type": "log", "level": "WARN", "message": notice, "metadata": {"lost": count}})


def _send(event):
    line = json.dumps(event)
    pipe = _pipe()
    if pipe is not None:
        try:
            for piece in _pieces(line):
                _write_whole(pipe, piece)
            return
        except OSError:
            # The runner is gone, or the pipe was closed meanwhile.
            pass
    _write_whole(2, line.encode() + b"\n")


def _pieces(line):
    """Lines that a pipe takes whole: what several processes write at once must not mix."""
    if len(line) < select.PIPE_BUF:
        return [line.encode() + b"\n"]
    size = (select.PIPE_BUF - _PIECE_OVERHEAD) // 2
    parts = [line[at : at + size] for at in range(0, len(line), size)]
    name = os.urandom(8).hex()
    return [
        json.dumps({"type": "part", "id": name, "n": n, "of": len(parts), "text": part}).encode() + b"\n"
        for n, part in enumerate(parts)
    ]


def _pipe():
    """A descriptor of the runner's pipe; None without one."""
    global _reopened
    if _address.count(":") != 2:
        return None
    for descriptor in (EVENTS, _reopened):
        if descriptor is not None and _is_pipe(descriptor):
            return descriptor
    try:
        opened = os.open(f"/proc/{_address.split(':')[0]}/fd/{EVENTS}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return None
    if _is_pipe(opened):
        _reopened = opened
        return opened
    os.close(opened)
    return None


def _is_pipe(descriptor):
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    # Once the pipe is closed everywhere, a new file can have its number.
    if not (stat.S_ISFIFO(found.st_mode) or stat.S_ISSOCK(found.st_mode)):
        return False
    return _address.split(":")[1:] == [str(found.st_dev), str(found.st_ino)]


def _write_whole(descriptor, data):
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            if not poll.poll(_PATIENCE_MS):
                raise
