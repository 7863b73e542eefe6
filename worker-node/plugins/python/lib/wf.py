"""What a script may import as `wf`.

Outside a workflow, where WF_INPUT is not set, the input is empty and events go to stderr.
"""

import json
import os

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
    """Stores a file of the working folder under `name` and returns its URI. The file must not change any more."""
    emit({"type": "artifact", "name": name, "path": os.fspath(name if path is None else path)})
    return f"artifact://{job['execution_id']}/{job['step_id']}/{name}"


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
