#!/bin/sh
# Run the tests on every Python of this machine that can run tmem, each in a virtual environment of its own, and end
# with one line a version. A version that pyproject.toml promises and this machine lacks is told, but is no failure.
set -u

summary=
status=0
tested=' '

note() { summary="$summary$1
"; }

run_one() {
    folder=.venv-$1
    [ "$folder/.installed" -nt pyproject.toml ] || tools/venv.sh "$folder" "$2" || return
    "$folder/bin/pytest" -q -n auto
}

log=$(mktemp)
found=$(mktemp)
trap 'rm -f "$log" "$found"' EXIT
tools/pythons.sh >"$found"
while read -r version python; do
    echo "== Python $version ($python)"
    if run_one "$version" "$python" >"$log" 2>&1 </dev/null; then
        note "Python $version: $(tail -n 1 "$log")"
    else
        status=1
        cat "$log"
        note "Python $version: FAILED: $(tail -n 1 "$log")"
    fi
    tested="$tested$version "
done <"$found"

for version in $(sed -n 's/.*Programming Language :: Python :: \(3\.[0-9]*\)".*/\1/p' pyproject.toml); do
    case $tested in *" $version "*) ;; *) note "Python $version: not on this machine" ;; esac
done

printf '%s' "$summary"
exit $status
