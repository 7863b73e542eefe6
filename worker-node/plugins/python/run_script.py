"""Runs a script and says how it failed and what it used.

run_script.py script FILE [ARG...]
run_script.py function FILE NAME
"""

import atexit
import os
import runpy
import sys

_, kind, file, *args = sys.argv
# As if the file had been started by itself: its folder first, this one not at all.
sys.path[0] = os.path.dirname(file)
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import wf  # noqa: E402  (found through the path above)

wf.channel.claim()


def report_usage():
    import resource

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    # Kilobytes on Linux, bytes on macOS.
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    cpu_seconds = sum(u.ru_utime + u.ru_stime for u in used)
    wf.emit({"type": "usage", "cpu_seconds": cpu_seconds, "peak_memory_mb": max(u.ru_maxrss for u in used) / unit})


def report_error(kind, error, trace):
    wf.report(error)
    sys.__excepthook__(kind, error, trace)


atexit.register(report_usage)
sys.excepthook = report_error

if kind == "script":
    sys.argv = [file, *args]
    runpy.run_path(file, run_name="__main__")
else:
    [name] = args
    found = runpy.run_path(file, run_name=os.path.splitext(os.path.basename(file))[0])
    function = found.get(name)
    if not callable(function):
        raise wf.Failure("FUNCTION_NOT_FOUND", f'the file defines no function "{name}"', retryable=False)
    wf.returned(function(wf.input()))
