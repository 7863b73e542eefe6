"""What a process used."""

import resource
import sys

# Kilobytes on Linux, bytes on macOS.
_UNIT = 1024 if sys.platform != "darwin" else 1024 * 1024


def used():
    """Processor seconds of this process and its ended children, and the largest resident memory of one of them."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = sum(each.ru_utime + each.ru_stime for each in (own, children))
    return {"cpu_seconds": seconds, "peak_memory_mb": max(_own_peak(own), children.ru_maxrss / _UNIT)}


def _own_peak(own):
    # Linux keeps ru_maxrss over exec: it begins with what the worker had when it made this process.
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return own.ru_maxrss / _UNIT
