#!/bin/sh
# Run the tests of the store again on the compiled build, where this machine can make it; the last line says which of both.
# The other tests are of the proofs, which load the source always, of documents and of the repository: they run once.
# Usage: tools/test_compiled.sh BIN, the folder of the environment's programs. The build lies in build/compiled.
set -u

bin=$1
tests='tests/conformance tests/machines tests/regression tests/unit'
built=build/compiled
log=build/compiled.log

lacking=$("$bin/python" - <<'END'
import pathlib, shutil, sysconfig
compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
header = pathlib.Path(sysconfig.get_path("include"), "Python.h")
print(f"C compiler ({compiler})" if not shutil.which(compiler) else "" if header.exists() else "Python.h")
END
) || exit 1
if [ -n "$lacking" ]; then
    echo "compiled build: not tested, as there is no $lacking"
    exit 0
fi

build() {
    rm -rf "$built"
    TMEM_COMPILE=1 "$bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$built" . &&
        rm -rf "$built"/tmem_spec "$built"/tmem_proofs "$built"/bin "$built"/*.dist-info &&
        touch "$built/.made"
}

newer() { find impl proofs spec tools/compile_hook.py pyproject.toml -type f -newer "$built/.made" ! -path '*/__pycache__/*'; }

mkdir -p build
if [ ! -e "$built/.made" ] || [ -n "$(newer)" ]; then
    echo '== compiling'
    build >"$log" 2>&1 || { cat "$log" >&2; echo "compiled build: FAILED: $log"; exit 1; }
fi
if ! PYTHONPATH=$PWD/$built "$bin/python" -c 'import sys, tmem; sys.exit(not tmem.compiled)'; then
    echo "compiled build: FAILED: what was built is not what Python imports"
    exit 1
fi
echo '== pytest, compiled build'
PYTHONPATH=$PWD/$built "$bin/pytest" -q -n auto -p no:cacheprovider $tests || { echo 'compiled build: FAILED'; exit 1; }
echo 'compiled build: tested'
