"""Makes a virtual environment: make_environment.py FOLDER REQUIREMENTS_FILE local|remote [UV].

The third says whether packages of the project are among the requirements. UV is the path of uv; without it, venv and pip
do the work.

Its marker file comes last and lists what is installed, so that half an environment is never used.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys

# The folder of this file is not to be written to.
sys.dont_write_bytecode = True
import pip_settings  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def run(*command, **options):
    print("+", " ".join(command), flush=True)
    subprocess.run(command, check=True, **options)


def is_complete(folder):
    try:
        with open(os.path.join(folder, ".ready"), encoding="utf-8") as marker:
            listed = json.load(marker)
    except (OSError, ValueError):
        return False
    return all(os.path.exists(os.path.join(folder, path)) for path in ["bin/python", *listed])


def fill_with_uv(uv, folder, requirements, kind):
    run(uv, "venv", "--quiet", "--python", sys.executable, folder)
    # Else it takes a package of the project for unchanged while its build files are.
    options = ["--refresh"] if kind == "local" else []
    run(uv, "pip", "install", "--python", os.path.join(folder, "bin", "python"), *options, "-r", requirements)


def fill_with_pip(folder, requirements):
    # What it prints says what is to be installed where ensurepip is absent.
    run(sys.executable, "-m", "venv", folder, stdout=sys.stderr)
    python = os.path.join(folder, "bin", "python")
    # Settings for this Python alone.
    own = os.path.join(sys.prefix, "pip.conf")
    if os.path.exists(own):
        shutil.copy(own, folder)
    env, left = pip_settings.pip_environment(python)
    if left:
        print("Settings of pip that do not count here:", ", ".join(left), flush=True)
    options = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    run(python, "-m", "pip", "install", *options, "-r", requirements, env=env)


def main(folder, requirements, kind, uv=None):
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        # Held by one process at a time, and released by the system even when that process is killed.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_complete(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        try:
            if uv:
                fill_with_uv(uv, folder, requirements, kind)
            else:
                fill_with_pip(folder, requirements)
            look = [os.path.join(folder, "bin", "python"), os.path.join(HERE, "installed.py"), requirements]
            listed = subprocess.run(look, check=True, stdout=subprocess.PIPE).stdout
        except subprocess.CalledProcessError as error:
            sys.exit(error.returncode)
        marker = os.path.join(folder, ".ready")
        with open(marker + ".draft", "wb") as draft:
            draft.write(listed)
        os.rename(marker + ".draft", marker)


main(*sys.argv[1:])
