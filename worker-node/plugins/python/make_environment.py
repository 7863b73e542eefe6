"""Makes a virtual environment: make_environment.py FOLDER REQUIREMENTS_FILE local|remote.

The last says whether packages of the project are among the requirements.

Its marker file comes last, so that half an environment is never used.
"""

import fcntl
import os
import shutil
import subprocess
import sys

folder, requirements, kind = sys.argv[1:]
python = os.path.join(folder, "bin", "python")
uv = shutil.which("uv")


def run(*command):
    print("+", " ".join(command), flush=True)
    subprocess.run(command, check=True)


os.makedirs(os.path.dirname(folder), exist_ok=True)
with open(folder + ".lock", "w") as lock:
    # Held by one process at a time, and released by the system even when that process is killed.
    fcntl.flock(lock, fcntl.LOCK_EX)
    if os.path.exists(os.path.join(folder, ".ready")):
        sys.exit(0)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        if uv:
            run(uv, "venv", "--quiet", "--python", sys.executable, folder)
            # Else it takes a package of the project for unchanged while its build files are.
            options = ["--refresh"] if kind == "local" else []
            run(uv, "pip", "install", "--python", python, *options, "-r", requirements)
        else:
            run(sys.executable, "-m", "venv", folder)
            options = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
            run(python, "-m", "pip", "install", *options, "-r", requirements)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    open(os.path.join(folder, ".ready"), "w").close()
