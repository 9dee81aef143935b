# Installs Debian packages that lack. Sourced by the scripts beside it.
# shellcheck shell=bash

# need PACKAGE COMMAND...: makes sure that each command exists; together they come from one Debian package.
need() {
    local package=$1 command
    shift
    for command in "$@"; do
        command -v "$command" >/dev/null || { install_packages "$package"; return; }
    done
}

# install_packages PACKAGE...: as root or with a sudo that asks nothing; otherwise says what to do.
install_packages() {
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        as_root=(sudo -n)
        sudo -n true 2>/dev/null || lacking "$@"
    fi
    command -v apt-get >/dev/null || lacking "$@"
    echo "installing $*"
    "${as_root[@]}" apt-get update -qq
    # In run level 1 a package that brings a service, such as postgresql, does not start it.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install --yes --no-install-recommends -qq "$@" >/dev/null
}

lacking() {
    echo "$0: lacks $*: run \`apt-get install $*\` as root (or your system's equivalent), then this again" >&2
    exit 1
}

# need_pip: pip of python3, be it Debian's or another.
need_pip() {
    need python3 python3
    python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip
}

# need_venv: the module that makes environments, with the pip that goes into them.
need_venv() {
    need python3 python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
}

# need_postgres: an installed PostgreSQL server.
need_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null || install_packages postgresql
}
