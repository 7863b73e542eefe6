"""What a script may import as `wf`.

Outside a workflow, where WF_INPUT is not set, the input is empty and events go to stderr.
"""

import os
import sys

# The files of a step's folder may have any names, json.py too: a child finds that folder first.
_path = sys.path[:]
_library = os.path.dirname(os.__file__)
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), _library, os.path.join(_library, "lib-dynload")]

import json  # noqa: E402

from _wf import channel, children  # noqa: E402
from _wf import output_file as _output_file  # noqa: E402
from _wf.artifact import keep, opened  # noqa: E402
from _wf.failure import Failure, report_end  # noqa: E402
from _wf.shown import message as _message  # noqa: E402
from _wf.shown import show, show_object  # noqa: E402
from _wf.streams import write_whole  # noqa: E402
from _wf.values import NotJson, Walk  # noqa: E402

sys.path[:] = _path

# `channel`, `report_end`, `returned` and `write_whole` are for the entry that the runner starts.
__all__ = ["Failure", "artifact", "emit", "files", "input", "job", "log", "output", "progress"]

children.watch()

if "WF_INPUT" in os.environ:
    with open(os.environ["WF_INPUT"], encoding="utf-8") as _file:
        job = json.load(_file)
else:
    job = {"execution_id": "local", "execution_name": None, "workflow_id": "local", "attempt": 1, "step_id": "local",
           "try": 1, "resources": None, "workdir": os.getcwd(), "input": {}, "files": {}}

files = job["files"]
"""Local paths, for reading, of the config's `files`."""

_output_path = os.environ.get("WF_OUTPUT")


def input():
    """The step's `input`."""
    return job["input"]


def output(value):
    """Sets the step's output. The last call wins. Raises Failure INVALID_OUTPUT for what has no JSON form."""
    try:
        text = json.dumps(Walk().value(value))
    except NotJson as refused:
        raise Failure(refused.code, str(refused), retryable=False) from None
    if _output_path is not None:
        _output_file.put(_output_path, text)


def log(*args, **metadata):
    """log(message, level="INFO", **metadata), with the levels DEBUG, INFO, WARN and ERROR. Never fails a step."""
    message = args[0] if args else metadata.pop("message", "")
    level = args[1] if len(args) > 1 else metadata.pop("level", "INFO")
    if len(args) > 2:
        metadata["args"] = args[2:]
    event = {"type": "log", "level": show(level), "message": _message(message)}
    channel.write({**event, "metadata": show_object(metadata)} if metadata else event)


def progress(*args, **more):
    """progress(percentage=None, current_operation=None), `percentage` from 0 to 100. Never fails a step."""
    given = {**more, **dict(zip(("percentage", "current_operation"), args))}
    percentage, current_operation = given.pop("percentage", None), given.pop("current_operation", None)
    event = {"type": "progress"}
    if percentage is not None:
        event["percentage"] = show(percentage)
    if current_operation is not None:
        event["current_operation"] = _message(current_operation)
    channel.write(event)
    if given or len(args) > 2:
        log("wf.progress takes a percentage and an operation: the rest was left out", "WARN", *args[2:], **given)


def artifact(name, path=None):
    """Stores what the file `path` (default: `name`) holds now under `name`, and returns its URI.

    The file may change, move or go afterwards. The same name again replaces the earlier file.
    """
    path = name if path is None else path
    with opened(name, path) as source:
        if "WF_INPUT" in os.environ:
            keep(name, source)
        else:
            emit({"type": "artifact", "name": name, "path": os.fsdecode(path)})
    return f"artifact://{job['execution_id']}/{job['step_id']}/{name}"


def emit(event):
    """Writes an event of the script contract."""
    channel.write(show_object(event))


def returned(value):
    """What the function of a step returned; None leaves what it gave to `output`."""
    # A fork of the process returns as well, and a child that was started by the same command.
    if not channel.is_own():
        return
    if value is not None or not _output_file.is_given(_output_path):
        output({} if value is None else value)
    os.replace(_output_path, os.path.join(os.path.dirname(_output_path), "returned.json"))
