"""Finds the function of a step in its module."""

import wf


def find(module, name):
    """The function, or whatever can be called, of that name. Raises Failure FUNCTION_NOT_FOUND with those that there are."""
    found = getattr(module, name, None)
    if callable(found):
        return found
    # Only now: it takes longer to load than the rest of a try.
    import difflib

    names = [key for key, value in vars(module).items() if _is_meant(module, key, value)]
    near = difflib.get_close_matches(name, names, 1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    known = f"it defines: {', '.join(names)}" if names else "there are none"
    raise wf.Failure("FUNCTION_NOT_FOUND", f'the file defines no function "{name}"{hint} ({known})', retryable=False)


def _is_meant(module, name, value):
    """What the file defines for others to call: nothing private, and nothing that it has imported."""
    return callable(value) and not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
