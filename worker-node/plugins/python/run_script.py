"""Runs a script and says how it failed and what it used.

run_script.py script FILE [ARG...]
run_script.py function FILE NAME
"""

import atexit
import os
import sys

# Our own modules are in before the step's folder is on the path: the files in it may have any names.
_HERE = os.path.dirname(os.path.abspath(__file__))
_HELPER = os.path.join(_HERE, "lib")
sys.path[:0] = [_HERE, _HELPER]

import wf  # noqa: E402
import wf_functions  # noqa: E402
import wf_step_file  # noqa: E402
import wf_usage  # noqa: E402

# Children get this path: they find the helper behind all else.
sys.path[:] = [entry for entry in sys.path if entry not in (_HERE, _HELPER)] + [_HELPER]


def run(kind, file, args):
    if kind == "script":
        wf_step_file.run_file(file, args)
        return
    [name] = args
    # As if the file had been started: whoever starts its command line again starts the file, not this one.
    sys.argv = [file]
    module = wf_step_file.import_file(file, os.path.join(os.path.dirname(os.environ["WF_INPUT"]), "modules"))
    wf.returned(wf_functions.find(module, name)(wf.input()))


def report_usage():
    # A fork that ends like this process has nothing to say of it.
    if wf.channel.is_own():
        wf.emit({"type": "usage", **wf_usage.used()})


wf.channel.claim()
wf.write_whole()
atexit.register(report_usage)
try:
    run(sys.argv[1], sys.argv[2], sys.argv[3:])
except BaseException as error:
    # Here, since the script may have a sys.excepthook of its own; that one, else Python's, prints it.
    wf.report_end(error)
    raise
