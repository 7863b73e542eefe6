"""How the file of a step gets into its process, such that the processes it starts find it too."""

import builtins
import importlib.machinery
import importlib.util
import io
import keyword
import os
import re
import sys
import types

_SHIM = """# The file of a step has a name that cannot be imported: this module stands for it.
import importlib.util
import sys

spec = importlib.util.spec_from_file_location(__name__, {file!r})
module = importlib.util.module_from_spec(spec)
sys.modules[__name__] = module
spec.loader.exec_module(module)
"""


def import_file(file, shims):
    """The file as a module that stays: under its own name, or one of ours where another module has that.

    `shims`: a folder of the try, for modules that stand for files whose names cannot be imported.
    """
    folder, name = os.path.dirname(file), os.path.splitext(os.path.basename(file))[0]
    # Children would run our file as theirs: the step's is found by its name alone.
    del sys.modules["__main__"].__file__
    if _is_free(name, file):
        sys.path.insert(0, folder)
    else:
        # Behind all others if another module has the name: it keeps it, for everybody who imports it.
        sys.path.insert(len(sys.path) if _is_name(name) else 0, folder)
        name = "wf_step_" + re.sub(r"\W", "_", name)
        os.makedirs(shims, exist_ok=True)
        with open(os.path.join(shims, name + ".py"), "w", encoding="utf-8") as shim:
            shim.write(_SHIM.format(file=file))
        sys.path.append(shims)
    __import__(name)
    return sys.modules[name]


def run_file(file, args):
    """Runs the file as `python FILE ARGS` does."""
    sys.argv = [file, *args]
    sys.path.insert(0, os.path.dirname(file))
    main = types.ModuleType("__main__")
    main.__file__ = file
    main.__builtins__ = builtins
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", file)
    with io.open_code(file) as source:
        code = compile(source.read(), file, "exec", dont_inherit=True)
    # It stays the main module to the end: threads, exit handlers and children look there.
    sys.modules["__main__"] = main
    exec(code, main.__dict__)


def _is_name(name):
    return name.isidentifier() and not keyword.iskeyword(name)


def _is_free(name, file):
    if not _is_name(name) or name in sys.modules:
        return False
    if name in getattr(sys, "stdlib_module_names", sys.builtin_module_names):
        return False
    # A folder beside the file may be a package of that name.
    if not _is_file(importlib.machinery.PathFinder.find_spec(name, [os.path.dirname(file)]), file):
        return False
    elsewhere = importlib.util.find_spec(name)
    # Python's own tests are no module that anybody means.
    return elsewhere is None or name == "test" or _is_file(elsewhere, file)


def _is_file(spec, file):
    return spec is not None and spec.origin is not None and os.path.realpath(spec.origin) == file
