"""How a script fails: the class to raise, and the event that tells of whatever was raised."""

import pickle
import traceback

from . import channel
from .shown import message, show_object, text_of


class Failure(Exception):
    """Raise it to fail the step with a code of your own; retryable=False fails it whatever its retry policy says."""

    def __init__(self, code, message=None, retryable=True, details=None):
        message = code if message is None else message
        message = message if isinstance(message, str) else text_of(message)
        super().__init__(message)
        self.code, self.message, self.retryable, self.details = code, message, retryable, details

    def __copy__(self):
        return _rebuilt(type(self), self.args, self.__dict__)

    def __reduce__(self):
        # A class that is local to a function cannot be found elsewhere.
        kind = next(kind for kind in type(self).__mro__ if _pickles(kind))
        args = self.args if _pickles(self.args) else (text_of(self.message),)
        return _rebuilt, (kind, args, _portable(self.__dict__))


Failure.__module__ = "wf"


def _rebuilt(kind, args, state):
    """The failure without a call of its __init__, whose arguments a subclass may have changed."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def _portable(state):
    """Another process need not know the types of what the details hold, and must not fail for it."""
    portable = {name: value if _pickles(value) else text_of(value) for name, value in state.items() if name != "details"}
    details = state.get("details")
    return {**portable, "details": None if details is None else show_object(details)}


def _pickles(value):
    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True


def report_end(error):
    """What ends this process. The script fails by it in the runner's own process alone. Never raises."""
    if channel.is_own() and not isinstance(error, SystemExit):
        report(error)
    else:
        report_declared(error)


def report(error):
    """Writes the event that says how the script failed. Never raises."""
    try:
        event = _event_of(error)
    except Exception as unexpected:
        event = {"type": "error", "message": f"{type(error).__name__} ({type(unexpected).__name__} while it was reported)"}
    channel.write(event)


def report_declared(error):
    """As `report`, for a Failure alone. Never raises."""
    try:
        declared = _failure_in(error, set()) is not None
    except Exception:
        return
    if declared:
        report(error)


def _event_of(error):
    failure = _failure_in(error, set())
    if failure is None:
        return {"type": "error", "message": message("".join(traceback.format_exception_only(type(error), error)).strip())}
    event = {"type": "error", "code": message(failure.code), "message": message(failure.message),
             "retryable": _truth(failure.retryable)}
    details = failure.details
    return event if details is None else {**event, "details": show_object(details)}


def _failure_in(error, seen):
    """The failure itself, one of a group, the one that was given as a cause, or on whose way the error came up."""
    if isinstance(error, Failure):
        return error
    if error is None or id(error) in seen:
        return None
    seen.add(id(error))
    members = getattr(error, "exceptions", None)
    context = None if error.__suppress_context__ else error.__context__
    inner = [*(members if isinstance(members, tuple) else ()), error.__cause__, context]
    return next(filter(None, (_failure_in(one, seen) for one in inner if isinstance(one, BaseException))), None)


def _truth(value):
    try:
        return bool(value)
    except Exception:
        return True
