"""The file that holds a step's output. It is there whole, or as it was before."""

import os
import stat

from .failure import Failure

_KINDS = ((stat.S_ISDIR, "folder"), (stat.S_ISFIFO, "FIFO"), (stat.S_ISSOCK, "socket"))


def put(path, text):
    """Raises Failure INVALID_OUTPUT when something else than a file is in its place."""
    _size(path)
    temporary = os.path.join(os.path.dirname(path), "." + os.urandom(16).hex())
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def is_given(path):
    """Whether the file holds anything. Raises as `put` does."""
    return _size(path) > 0


def _size(path):
    try:
        found = os.stat(path)
    except FileNotFoundError:
        if os.path.islink(path):
            raise _refusal("a symbolic link to a file that is not there") from None
        return 0
    except OSError as error:
        # Such as a link to itself.
        raise _refusal(f"nothing that can be read ({error.strerror})") from None
    if not stat.S_ISREG(found.st_mode):
        raise _refusal("a " + next((kind for is_kind, kind in _KINDS if is_kind(found.st_mode)), "device"))
    return found.st_size


def _refusal(what):
    remedy = "leave the path in WF_OUTPUT to the helper, or write JSON into a file there"
    return Failure("INVALID_OUTPUT", f"the output is {what}: {remedy}", retryable=False)
