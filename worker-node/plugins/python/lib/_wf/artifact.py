"""How `artifact` keeps the bytes that a file holds at the call."""

import contextlib
import json
import os
import re
import stat
import time

from .failure import Failure

_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,119}/){0,7}[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")


@contextlib.contextmanager
def opened(name, path):
    """A descriptor of the regular file at `path`. Raises Failure INVALID_ARTIFACT_NAME or INVALID_ARTIFACT."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Failure("INVALID_ARTIFACT_NAME", f'"{name}" is no artifact name: expected a relative path of at most 8 '
                      'parts of letters, digits, "_", "-" and ".", such as plots/roc.svg', retryable=False)

    def refused(why):
        return Failure("INVALID_ARTIFACT", f'artifact "{name}" cannot be stored: {why}', retryable=False)

    place = os.fsdecode(path)
    try:
        # A FIFO would block until somebody writes to it.
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise refused(f'"{place}" cannot be read: {getattr(error, "strerror", None) or error}') from error
    try:
        mode = os.fstat(source).st_mode
        if not stat.S_ISREG(mode):
            raise refused(f'"{place}" is {"a folder: pack it into one file" if stat.S_ISDIR(mode) else "no regular file"}')
        yield source
    finally:
        os.close(source)


def keep(name, source):
    """Leaves a copy for the runner, as worker-node/plugins/script/snapshots.ts says.

    Raises Failure TRY_ENDED when the runner has removed its folder: a process that has outlived its try makes no place of
    its own.
    """
    control = os.path.dirname(os.environ["WF_INPUT"])
    try:
        _keep(os.path.join(control, "artifacts"), name, source)
    except FileNotFoundError as error:
        if os.path.exists(control):
            raise
        raise Failure("TRY_ENDED", f'artifact "{name}" cannot be stored: its try has ended, or something has removed the '
                      "folder of WF_INPUT", retryable=False) from error


def _keep(folder, name, source):
    import hashlib  # it takes a while, which most scripts need not spend

    with contextlib.suppress(FileExistsError):
        os.mkdir(folder)
    target = os.path.join(folder, hashlib.sha256(name.encode()).hexdigest())
    about = json.dumps({"name": name, "at": str(time.monotonic_ns())}).encode()

    def replace(path, write):
        temporary = os.path.join(folder, "." + os.urandom(16).hex())
        copy = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            try:
                write(copy)
            finally:
                os.close(copy)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise

    replace(target + ".json", lambda copy: os.write(copy, about))
    replace(target, lambda copy: _copy_bytes(source, copy))


def _copy_bytes(source, target):
    """Shares the blocks of the file where the file system can; copies them inside the kernel where that can."""
    import fcntl

    try:
        fcntl.ioctl(target, 0x40049409, source)  # FICLONE
        return
    except OSError:
        pass
    try:
        while os.copy_file_range(source, target, 1 << 30):
            pass
    except (AttributeError, OSError):
        pass
    # From where that ended: all of it on other systems, nothing on most, and of files that the kernel makes up.
    while data := os.read(source, 1 << 20):
        while data:
            data = data[os.write(target, data):]
