# Makes .venv what ./run or ./check needs; read by both with `.`, from the project's folder.
#
#   install run     what Passage needs to run        (requirements/run.txt)
#   install dev     that, and what checks it         (requirements/dev.txt, a superset)
#
# A stamp in .venv per set says what was installed: locks, declaration, packages, place. While one
# that is enough still holds, nothing is done. Nothing is ever taken out, so both commands can share .venv.

say() { printf '%s\n' "$*" >&2; }

good_python() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for python in python3 python3.13 python3.12 python3.11; do
        if good_python "$python"; then return; fi
    done
    say 'Passage needs Python 3.11 or newer with its venv module, and found none.'
    if found=$(python3 --version 2>/dev/null); then say "python3 here is: $found"; fi
    say 'On Debian or Ubuntu:  apt install python3 python3-venv'
    say 'Elsewhere:            https://www.python.org/downloads/'
    exit 1
}

# What .venv must have been made from: any difference installs again (which is quick).
fingerprint() {
    { pwd -P; ls ./*/__init__.py; cat pyproject.toml requirements/uv.txt "requirements/$1.txt"; } 2>/dev/null | cksum
}

holds() {
    [ -x .venv/bin/passage ] && [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$(fingerprint "$1")" ] &&
        .venv/bin/python -c '' 2>/dev/null
}

install() {
    if holds dev || holds "$1"; then return; fi
    say "Installing into .venv (once; again only when requirements/$1.txt changes)"
    rm -f ".venv/installed-$1"
    if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        find_python
        say "  1/4  a fresh environment, $("$python" --version)"
        "$python" -m venv --clear .venv
    fi
    say '  2/4  the installer'
    pip install --require-hashes -r requirements/uv.txt
    say "  3/4  $(grep -c '^[a-z0-9].*==' "requirements/$1.txt") libraries"
    if ! uv install --require-hashes -r "requirements/$1.txt"; then
        # uv does not read pip's own configuration (a mirror, a local folder); pip does.
        say '       uv could not; trying pip, which takes longer'
        pip install --require-hashes -r "requirements/$1.txt"
    fi
    say '  4/4  Passage itself'
    uv install --no-deps --no-build-isolation -e . # setuptools came with the libraries
    fingerprint "$1" >".venv/installed-$1"
}

pip() {
    .venv/bin/python -m pip --disable-pip-version-check -qq "$@" --no-deps
}

uv() {
    quiet=--quiet
    if [ -t 2 ]; then quiet=; fi
    # shellcheck disable=SC2086
    .venv/bin/python -m uv $quiet pip "$@" --python .venv/bin/python
}

# The interface's words, for gettext: only where a .po is newer than its .mo.
compile_words() {
    for po in translations/*/LC_MESSAGES/*.po; do
        mo=${po%.po}.mo
        if [ -e "$po" ] && { [ ! -e "$mo" ] || [ -n "$(find "$po" -newer "$mo")" ]; }; then
            .venv/bin/pybabel -q compile -i "$po" -o "$mo"
        fi
    done
}
