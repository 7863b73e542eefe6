"""A Failure that ends a process which the script started is reported by that process: its parent sees an exit code alone."""

import os
import sys

from . import channel
from .failure import report_declared
from .streams import write_whole


def watch():
    """Called when the helper is imported. The entry of the runner's own process reports whatever ends that one."""
    if channel.is_child():
        write_whole()
        _watch_interpreter()
        _watch_process()
    os.register_at_fork(after_in_child=_watch_process)


def _watch_interpreter():
    """One that was started by a command."""
    hook = sys.excepthook

    def report_first(kind, error, trace):
        report_declared(error)
        hook(kind, error, trace)

    sys.excepthook = report_first


def _watch_process():
    """A Process of multiprocessing, which catches what its `run` raises."""
    module = sys.modules.get("multiprocessing.process")
    bootstrap = getattr(getattr(module, "BaseProcess", None), "_bootstrap", None)
    if bootstrap is None or getattr(bootstrap, "reports", False):
        return

    def reporting(self, *args, **kwargs):
        run = self.run

        def run_and_report():
            try:
                run()
            except Exception as error:
                report_declared(error)
                raise

        self.run = run_and_report
        return bootstrap(self, *args, **kwargs)

    reporting.reports = True
    module.BaseProcess._bootstrap = reporting
