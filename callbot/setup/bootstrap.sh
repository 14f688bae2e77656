#!/bin/sh
# The first step on a machine that has nothing but Python: find or install uv, make the
# environment, then hand over. Usage: bootstrap.sh run|setup|test|test-rapide|lint [ARGUMENT…]
set -eu

task=${1:?run, setup, test, test-rapide ou lint}
shift
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$root"
var=${CALLBOT_VAR:-$root/var}
tools=$var/tools/uv

say() { printf '%s\n' "$*"; }
fail() {
    printf 'Erreur : %s\n→ %s\n' "$1" "$2" >&2
    exit 1
}

is_root() { [ "$(id -u)" -eq 0 ]; }

works() { "$1" --version >/dev/null 2>&1; }

make_venv() {
    rm -rf "$tools"
    mkdir -p "$var/tools" || fail "le dossier « $var » n’est pas accessible en écriture." \
        "Donnez-le à l’utilisateur $(id -un) (chown), puis relancez."
    python3 -m venv "$tools" >/dev/null 2>&1
}

install_venv_package() {
    is_root || fail "il manque le paquet Debian python3-venv." \
        "Installez-le (sudo apt-get install python3-venv), puis relancez."
    say "Installation de python3-venv…"
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        python3-venv >/dev/null || fail "python3-venv n’a pas pu être installé." \
        "Vérifiez les sources d’apt (apt-get update), puis relancez."
}

install_uv() {
    command -v python3 >/dev/null 2>&1 || fail "Python 3 n’est pas installé." \
        "Installez-le (apt-get install python3), puis relancez."
    say "Installation de uv, qui gère les environnements Python, dans « $tools »…"
    make_venv || { install_venv_package && make_venv; } ||
        fail "l’environnement « $tools » n’a pas pu être créé." \
            "Vérifiez le disque et python3 -m venv, puis relancez."
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1' ||
        fail "uv n’a pas pu être téléchargé." \
            "Vérifiez l’accès au dépôt de paquets Python, puis relancez."
}

# So that "uv run callbot …" works as documented. A link that leads nowhere is replaced; anything
# else of that name is left alone.
link_uv() {
    if is_root; then bin=/usr/local/bin; else bin=${HOME:-/nonexistent}/.local/bin; fi
    mkdir -p "$bin" 2>/dev/null || { say "uv se trouve dans « $tools/bin »."; return 0; }
    if [ ! -e "$bin/uv" ]; then ln -sf "$tools/bin/uv" "$bin/uv"; fi
    case ":$PATH:" in
    *":$bin:"*) ;;
    *) say "uv est dans « $bin » ; ajoutez-le au PATH : export PATH=\"$bin:\$PATH\"" ;;
    esac
}

# Where this user has no home of its own, everything stays in var.
home=${HOME:-/nonexistent}
if [ ! -d "$home" ] || [ ! -w "$home" ]; then
    export UV_CACHE_DIR="${UV_CACHE_DIR:-$var/cache/uv}"
fi
export UV_PYTHON_INSTALL_DIR="${UV_PYTHON_INSTALL_DIR:-$var/python}"

uv=uv
if ! works uv; then
    uv=$tools/bin/uv
    if ! works "$uv"; then install_uv; fi
    link_uv
fi

sync() {
    "$uv" sync --frozen "$@" || fail "l’environnement Python n’a pas pu être préparé." \
        "Vérifiez la place libre et l’accès au dépôt de paquets Python, puis relancez."
}

if [ -x .venv/bin/callbot ]; then
    sync --quiet
else
    say "Préparation de l’environnement Python…"
    sync
fi

py() { "$uv" run --no-sync "$@"; }

lint() {
    say "Relecture du code…"
    py ruff check .
    py ruff format --check .
    py mypy
    py lint-imports
}

case $task in
setup)
    py python -m callbot.setup --pour run
    ;;
run)
    py python -m callbot.setup --pour run
    exec "$uv" run --no-sync callbot serve "$@"
    ;;
test)
    # The code is read while the set-up downloads; what was found is shown after it.
    mkdir -p "$var"
    lint >"$var/relecture.txt" 2>&1 &
    reading=$!
    trap 'kill "$reading" 2>/dev/null || true' EXIT
    py python -m callbot.setup --pour test
    verdict=0
    wait "$reading" || verdict=$?
    trap - EXIT
    cat "$var/relecture.txt"
    [ "$verdict" -eq 0 ] || exit "$verdict"
    # Calls listen to the clock: they run beside each other, and not beside what computes.
    # 5: among the tests asked for there is none of this kind.
    py pytest -n 2 -m "not calls" --durations=15 "$@" || [ $? -eq 5 ]
    py pytest -n 2 -m calls --durations=15 "$@" || [ $? -eq 5 ]
    ;;
test-rapide)
    exec "$uv" run --no-sync pytest -n 2 -m "not component and not calls and not browser" "$@"
    ;;
lint)
    lint
    ;;
*)
    fail "« $task » n’est pas une tâche." "Choisissez run, setup, test, test-rapide ou lint."
    ;;
esac
