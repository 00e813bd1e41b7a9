#!/bin/sh
# Usage: tools/venv.sh FOLDER [PYTHON [EXTRAS]]
# Make the virtual environment FOLDER with tmem (editable), the prover and the test tools, or with these extras.
# Quiet unless it fails.
set -u

folder=$1
python=${2:-$(tools/pythons.sh | sed -n '1s/^[^ ]* //p')}
extras=${3:-prove,test}
log=$folder.log

if [ -z "$python" ]; then
    cat >&2 <<'END'
No Python 3.11 or newer with venv was found, neither on PATH nor among pyenv's versions.
Install one (Debian, Ubuntu: apt install python3 python3-venv; others: https://www.python.org/downloads/),
or name one: make test PYTHON=/path/to/python3
END
    exit 1
fi

install() {
    "$folder/bin/python" -c '' 2>/dev/null || "$python" -m venv --clear "$folder" || return
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[$extras]"
}

echo "== installing into $folder with $python"
if install >"$log" 2>&1; then
    rm -f "$log"
    touch "$folder/.installed"
else
    cat "$log" >&2
    echo "tools/venv.sh: the installation failed; what it printed stands above and in $log" >&2
    exit 1
fi
