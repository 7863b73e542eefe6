"""Says what is installed in the environment that it runs in: installed.py REQUIREMENTS_FILE.

Prints the paths of the metadata of all packages as JSON, relative to the environment. Fails when a package that is
required is not among them.
"""

import importlib.metadata
import json
import os
import re
import sys

# What an environment holds before anything is installed.
TOOLS = {"pip", "setuptools", "wheel"}
NAMED = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?=[@<>=!~;(\s]|$)([^;]*)(?:;(.*))?$")


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def applies(marker):
    """Whether a requirement with this marker is for this Python; None where nothing here can tell."""
    try:
        from pip._vendor.packaging.markers import Marker
    except ImportError:
        return None
    return Marker(re.sub(r"\s--?[A-Za-z].*", "", marker).strip()).evaluate({"extra": ""})


def lines(file):
    with open(file, encoding="utf-8") as text:
        for line in map(str.strip, text):
            if line.startswith("--requirement "):
                yield from lines(os.path.join(os.path.dirname(file), line.split(None, 1)[1]))
            elif line and not re.match(r"--(?!editable)", line):
                yield line


def missing(required, names):
    absent = []
    unnamed = False
    for line in required:
        found = NAMED.match(line)
        if not found:
            unnamed = unnamed or ";" not in line
        elif (found[3] is None or applies(found[3])) and normal(found[1]) not in names:
            absent.append(found[1])
    if unnamed and not names - TOOLS:
        absent.append("all of them")
    return absent


def metadata():
    for folder in sorted({entry for entry in sys.path if entry.startswith(sys.prefix) and os.path.isdir(entry)}):
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if name.endswith(".dist-info"):
                yield os.path.join(path, "METADATA")
            elif name.endswith((".egg-info", ".egg-link")):
                yield path


if __name__ == "__main__":
    names = {normal(each.metadata["Name"]) for each in importlib.metadata.distributions() if each.metadata["Name"]}
    absent = missing(lines(sys.argv[1]), names)
    if absent:
        sys.exit("The installer ended without an error, and yet not installed: " + ", ".join(absent))
    print(json.dumps([os.path.relpath(path, sys.prefix) for path in metadata()]))
