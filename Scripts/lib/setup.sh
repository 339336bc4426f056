# shellcheck shell=bash
# Sourced by the scripts beside it, never run by itself. Goes to the repository's root; finds the Swift toolchain
# and, on Debian 12, installs the packages that are missing (JOBGATE_SKIP_PACKAGES=1 leaves them alone).

# A relative path means the caller's directory, not ours.
if [ -n "${SIGV4_VECTORS:-}" ]; then
    SIGV4_VECTORS=$(realpath -m -- "$SIGV4_VECTORS")
    export SIGV4_VECTORS
fi
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

# What the Swift toolchain loads and links with, zlib, which AsyncHTTPClient's decompression links, and SQLite.
build_packages=(
    binutils ca-certificates git libc6-dev libcurl4 libncurses6 libsqlite3-dev libstdc++-12-dev libxml2 zlib1g-dev
)

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "error: $*"
    exit 1
}

is_debian_12() {
    # shellcheck source=/dev/null
    [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ])
}

# install_packages PACKAGE...: those of them that Debian does not have installed.
install_packages() {
    local package missing=() as_root=()
    [ "${JOBGATE_SKIP_PACKAGES:-0}" != 1 ] || return 0
    if ! is_debian_12; then
        say "note: packages are installed on Debian 12 only; where the build misses something, it is one of: $*"
        return 0
    fi
    for package in "$@"; do
        [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || die "Debian packages are missing; as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "installing: ${missing[*]}"
    "${as_root[@]}" apt-get -qq update >&2 || die "apt-get update failed; missing: ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null ||
        die "apt-get could not install: ${missing[*]}"
}

# Puts the toolchain's directory on PATH where it is installed but not on it.
find_swift() {
    local directory
    for directory in "" /opt/swift/usr/bin "${HOME:-/root}/.local/share/swiftly/bin"; do
        if [ -n "$directory" ] && [ -x "$directory/swift" ]; then
            export PATH="$PATH:$directory"
        fi
        ! command -v swift >/dev/null 2>&1 || break
    done
    command -v swift >/dev/null 2>&1 || die "no Swift toolchain found.
Install Swift 6.2 or later from https://www.swift.org/install/linux/ (for example with swiftly) and put it on PATH;
/opt/swift/usr/bin and ~/.local/share/swiftly/bin are looked at too."
    swift --version >/dev/null 2>&1 || die "$(command -v swift) does not run:
$(swift --version 2>&1 | head -n 3)"
}

# All that a build needs.
set_up_build() {
    install_packages "${build_packages[@]}"
    find_swift
}

# All that the tests need beyond a build. A python3 with venv and pip of another origin than Debian's will do.
set_up_tests() {
    local packages=()
    command -v curl >/dev/null 2>&1 || packages+=(curl)
    command -v openssl >/dev/null 2>&1 || packages+=(openssl)
    command -v python3 >/dev/null 2>&1 || packages+=(python3)
    command -v redis-server >/dev/null 2>&1 || packages+=(redis-server)
    python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || packages+=(python3-venv)
    [ "${#packages[@]}" -eq 0 ] || install_packages "${packages[@]}"
    command -v python3 >/dev/null 2>&1 || die "the tests need python3"
}

# make_venv DIRECTORY REQUIREMENTS: a virtual environment with what the file names; made anew only when the file
# or the interpreter has changed.
make_venv() {
    local venv=$1 requirements=$2 wanted
    wanted=$( (python3 --version && cat "$requirements") | sha256sum | cut -d ' ' -f 1)
    if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/requirements.sha256" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    say "making $venv"
    rm -rf "$venv"
    if ! python3 -m venv "$venv" >&2; then
        # A Python without ensurepip (Debian's without python3-venv): its own pip fills the environment.
        python3 -m venv --clear --without-pip "$venv" >&2 || return 1
        python3 -m pip --python "$venv/bin/python" install --quiet pip >&2 || return 1
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2 || return 1
    printf '%s\n' "$wanted" >"$venv/requirements.sha256"
}
