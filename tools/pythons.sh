#!/bin/sh
# Print each Python of this machine that can run tmem: "3.11 /usr/bin/python3.11", one a version, the oldest first.
# Looks on PATH and among pyenv's versions. A name proves nothing (a shim of pyenv fails while its version is not
# active, a distribution may leave out venv), so each one is run.
set -u

can_run_tmem='
import sys, ensurepip, venv
if sys.version_info >= (3, 11) and sys.version_info.releaselevel == "final":
    print("%d.%d" % sys.version_info[:2], sys.executable)
'

candidates() {
    for minor in $(seq 11 30); do
        echo "python3.$minor"
    done
    echo python3
    ls -d "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/*/bin/python3 2>/dev/null
}

candidates | while read -r python; do
    "$python" -c "$can_run_tmem" </dev/null 2>/dev/null
done | awk '!seen[$1]++' | sort -t . -k 2n
