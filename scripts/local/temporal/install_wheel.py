"""Installs a wheel with pinned hashes into a folder: install_wheel.py PIP_SETTINGS_FOLDER FOLDER REQUIREMENTS [UV].

With uv where its path is given, else with the pip of this Python, else with that of a virtual environment.
"""

import importlib.util
import os
import subprocess
import sys

settings, folder, requirements, *uv = sys.argv[1:]
sys.path.insert(0, settings)
# The folder of the module is not to be written to.
sys.dont_write_bytecode = True
import pip_settings  # noqa: E402

options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--target", folder, "-r", requirements]


def with_pip():
    python = sys.executable
    if not importlib.util.find_spec("pip"):
        environment = os.path.join(folder, "venv")
        subprocess.run([sys.executable, "-m", "venv", environment], check=True, stdout=sys.stderr)
        python = os.path.join(environment, "bin", "python")
    env, _ = pip_settings.pip_environment(python)
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--no-compile"]
    return subprocess.run([python, "-m", "pip", "install", *quiet, *options], env=env, check=True)


try:
    if uv:
        subprocess.run([uv[0], "pip", "install", "--python", sys.executable, *options], check=True)
    else:
        with_pip()
except subprocess.CalledProcessError as error:
    sys.exit(error.returncode)
