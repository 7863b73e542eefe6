"""The settings of pip on this machine that an installation keeps: those that say from where packages come.

All others say whether, what or to where to install: that is decided by whoever starts the installation.
"""

import ast
import os
import re
import subprocess

FROM_WHERE = {
    "index-url",
    "pypi-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "trusted-host",
    "cert",
    "client-cert",
    "timeout",
    "default-timeout",
    "retries",
    "resume-retries",
    "cache-dir",
    "no-cache-dir",
    "keyring-provider",
}
# Features that are about certificates.
CERTIFICATES = {"truststore", "legacy-certs"}
# They change what pip prints, or where it looks for settings, and nothing of an installation.
WITHOUT_EFFECT = {
    "config-file",
    "disable-pip-version-check",
    "log",
    "no-color",
    "no-input",
    "no-python-version-warning",
    "progress-bar",
    "quiet",
    "root-user-action",
    "verbose",
}


def _variables():
    return {name[4:].lower().replace("_", "-"): value for name, value in os.environ.items() if name.startswith("PIP_")}


def _without_pip():
    return {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}


def _files(python):
    """What pip's files say of every command and of an installation, as pip itself reads them."""
    # A file that says quiet would silence the answer; one that says user, global or site would leave out other files.
    env = {**_without_pip(), **dict.fromkeys(["PIP_QUIET", "PIP_VERBOSE", "PIP_USER", "PIP_GLOBAL", "PIP_SITE"], "0")}
    if "PIP_CONFIG_FILE" in os.environ:
        env["PIP_CONFIG_FILE"] = os.environ["PIP_CONFIG_FILE"]
    done = subprocess.run(
        [python, "-m", "pip", "config", "list"], env=env, check=True, stdout=subprocess.PIPE, universal_newlines=True
    )
    sections = {"global": {}, "install": {}}
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.partition(".")
        if section in sections:
            sections[section][name] = ast.literal_eval(value)
    return {**sections["global"], **sections["install"]}


def pip_environment(python):
    """The environment to run pip of `python` in, and the names of settings that it leaves out."""
    given = {name: value for name, value in {**_files(python), **_variables()}.items() if value.strip()}
    # An absent variable would not undo a file: pip is to read none.
    env = {**_without_pip(), "PIP_CONFIG_FILE": os.devnull}
    left = []
    for name, value in sorted(given.items()):
        variable = "PIP_" + name.upper().replace("-", "_")
        if name == "proxy":
            # As an option it would capture an index on this machine too: pip then reads no NO_PROXY.
            print("Proxy of pip's settings:", re.sub(r"//[^/@]*@", "//***@", value), flush=True)
            env.update(dict.fromkeys(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"], value))
        elif name in FROM_WHERE:
            env[variable] = value
        elif name in ("use-feature", "use-deprecated") and set(value.split()) & CERTIFICATES:
            env[variable] = " ".join(sorted(set(value.split()) & CERTIFICATES))
        elif name not in WITHOUT_EFFECT:
            left.append(name)
    return env, left
