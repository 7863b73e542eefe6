"""What a script may import as `wf`.

Outside a workflow, where WF_INPUT is not set, the input is empty and events go to stderr.
"""

import json
import os
import re
import stat
import time

if "WF_INPUT" in os.environ:
    with open(os.environ["WF_INPUT"], encoding="utf-8") as _file:
        job = json.load(_file)
else:
    job = {"execution_id": "local", "execution_name": None, "workflow_id": "local", "attempt": 1, "step_id": "local",
           "try": 1, "resources": None, "workdir": os.getcwd(), "input": {}, "files": {}}

files = job["files"]
"""Local paths, for reading, of the config's `files`."""


class Failure(Exception):
    """Raise it to fail the step with a code of your own; retryable=False fails it whatever its retry policy says."""

    def __init__(self, code, message, retryable=True, details=None):
        super().__init__(message)
        self.code, self.message, self.retryable, self.details = code, message, retryable, details


def input():
    """The step's `input`."""
    return job["input"]


def output(value):
    """Sets the step's output: any JSON, numbers and arrays of NumPy included. The last call wins."""
    text = json.dumps(value, allow_nan=False, default=_plain)
    if "WF_OUTPUT" in os.environ:
        with open(os.environ["WF_OUTPUT"], "w", encoding="utf-8") as file:
            file.write(text)


def log(message, level="INFO", **metadata):
    """`level`: DEBUG, INFO, WARN or ERROR."""
    emit({"type": "log", "level": level, "message": str(message), **({"metadata": metadata} if metadata else {})})


def progress(percentage, current_operation=None):
    """`percentage`: 0 to 100."""
    operation = {} if current_operation is None else {"current_operation": current_operation}
    emit({"type": "progress", "percentage": percentage, **operation})


def artifact(name, path=None):
    """Stores what the file `path` (default: `name`) holds now under `name`, and returns its URI.

    The file may change, move or go afterwards. The same name again replaces the earlier file.
    """
    if not isinstance(name, str) or not _ARTIFACT_NAME.fullmatch(name):
        raise Failure("INVALID_ARTIFACT_NAME", f'"{name}" is no artifact name: expected a relative path of at most 8 '
                      'parts of letters, digits, "_", "-" and ".", such as plots/roc.svg', retryable=False)
    source = _open_artifact(name, name if path is None else path)
    try:
        if "WF_INPUT" in os.environ:
            _keep_artifact(name, source)
        else:
            emit({"type": "artifact", "name": name, "path": os.fsdecode(name if path is None else path)})
    finally:
        os.close(source)
    return f"artifact://{job['execution_id']}/{job['step_id']}/{name}"


_ARTIFACT_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,119}/){0,7}[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")


def _open_artifact(name, path):
    """A descriptor of the regular file at `path`."""
    def refused(why):
        return Failure("INVALID_ARTIFACT", f'artifact "{name}" cannot be stored: {why}', retryable=False)

    place = os.fsdecode(path)
    try:
        # A FIFO would block until somebody writes to it.
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise refused(f'"{place}" cannot be read: {getattr(error, "strerror", None) or error}') from error
    mode = os.fstat(source).st_mode
    if stat.S_ISREG(mode):
        return source
    os.close(source)
    raise refused(f'"{place}" is {"a folder: pack it into one file" if stat.S_ISDIR(mode) else "no regular file"}')


def _keep_artifact(name, source):
    """Leaves a copy for the runner, as worker-node/plugins/script/snapshots.ts says."""
    import hashlib  # it takes a while, which most scripts need not spend

    folder = os.path.join(os.path.dirname(os.environ["WF_INPUT"]), "artifacts")
    os.makedirs(folder, exist_ok=True)
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


def emit(event):
    """Writes an event of the script contract."""
    line = json.dumps(event, default=_plain) + "\n"
    data = line.encode()
    while data:
        data = data[os.write(3 if "WF_INPUT" in os.environ else 2, data):]


def _plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")
