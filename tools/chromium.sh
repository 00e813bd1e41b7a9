#!/bin/sh
# See that there is a Chromium for the tests of the documents: the one of Debian's packages, installed if need be.
# Prints nothing if there is one. TMEM_CHROMIUM names another.
set -u

there() {
    [ -n "${TMEM_CHROMIUM:-}" ] || command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null
}

install() {
    if [ "$(id -u)" = 0 ]; then as_root=; else as_root='sudo -n'; fi
    command -v apt-get >/dev/null || return
    $as_root apt-get update -q && $as_root apt-get install -q -y --no-install-recommends chromium-headless-shell
}

there && exit
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo '== installing chromium-headless-shell'
install >"$log" 2>&1 && there && exit
cat "$log" >&2
cat >&2 <<'END'
tools/chromium.sh: there is no Chromium, and none could be installed; what was tried stands above.
Install one (Debian, Ubuntu: apt install chromium-headless-shell, or chromium), or name one:
make test-docs TMEM_CHROMIUM=/path/to/chromium
END
exit 1
