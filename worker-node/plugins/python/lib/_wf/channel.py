"""Where events go: through the runner's pipe, whoever writes, else to stderr; never into a file of the user's.

The pipe is descriptor 3 of the process that the runner started. The runner sets WF_EVENTS=3 for that process alone; `claim`
keeps a duplicate of it, and puts the process, the identity of the pipe and the duplicate (PID:DEVICE:INODE:DESCRIPTOR) there
instead, for everything that it starts. Where descriptor 3 is no longer this pipe, and in a child that did not inherit it, the
duplicate is taken, else the pipe is opened again by way of /proc, else events go to stderr.
"""

import fcntl
import itertools
import json
import os
import select
import stat

EVENTS = 3
_CLAIM = "3"
_KEPT_FROM = (960, 200, 64)
"""Where the duplicate is: beyond what scripts count on, or close one by one. The first that this system allows counts."""
_PIECE_OVERHEAD = 112
_PATIENCE_MS = 10_000
"""How long a full pipe is waited for: the runner reads all the time."""

_address = os.environ.get("WF_EVENTS", "") if "WF_INPUT" in os.environ else ""
_kept = None
_reopened = None
_lost = itertools.count()
_lost_told = 0


def claim():
    """For the entry of the runner's own process, before anything of the user's runs."""
    global _address, _kept
    if _address == _CLAIM:
        found = os.fstat(EVENTS)
        _kept = _duplicate()
        _address = os.environ["WF_EVENTS"] = f"{os.getpid()}:{found.st_dev}:{found.st_ino}:{_kept}"


def is_own():
    """Whether this is the process that the runner started. Asked after `claim`."""
    return _is_claimed() and _address.split(":")[0] == str(os.getpid())


def is_child():
    """Whether this process was started by one that the runner started. Asked before `claim`."""
    return _is_claimed()


def _is_claimed():
    return _address.count(":") == 3


def _duplicate():
    """Closed in what this process starts, as long as that is another program."""
    for lowest in _KEPT_FROM:
        try:
            return fcntl.fcntl(EVENTS, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:
            # Beyond the limit of open files.
            continue
    return EVENTS


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
    if _address and _identity(2) != _stderr:
        raise OSError("stderr is a file of the script's")
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
    if not _is_claimed():
        return None
    for descriptor in (EVENTS, _kept, _reopened):
        if descriptor is not None and _is_pipe(os.fstat, descriptor):
            return descriptor
    process, _, _, kept = _address.split(":")
    for descriptor in (EVENTS, kept):
        _reopened = _open(f"/proc/{process}/fd/{descriptor}")
        if _reopened is not None:
            return _reopened
    return None


def _open(path):
    # Looked at first: to close a file of the user's again would drop the locks that this process has on it.
    if not _is_pipe(os.stat, path):
        return None
    try:
        opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return None
    if _is_pipe(os.fstat, opened):
        return opened
    os.close(opened)
    return None


def _is_pipe(look, at):
    try:
        found = look(at)
    except OSError:
        return False
    # Once the pipe is closed everywhere, a new file can have its number.
    if not (stat.S_ISFIFO(found.st_mode) or stat.S_ISSOCK(found.st_mode)):
        return False
    return _address.split(":")[1:3] == [str(found.st_dev), str(found.st_ino)]


def _identity(descriptor):
    """Tells a file; None when there is none."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    # With its kind: the number of a pipe that is gone is free for a file.
    return found.st_dev, found.st_ino, stat.S_IFMT(found.st_mode)


def _write_whole(descriptor, data):
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            if not poll.poll(_PATIENCE_MS):
                raise


# As it was before the script could put another file there.
_stderr = _identity(2)
