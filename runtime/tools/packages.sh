# shellcheck shell=bash disable=SC2034
# packages.sh: the Debian packages that calque is built and tested with, and how a script gets those that are
# missing. Sourced by ./demo and ./check with bash; prints on stderr only, so that stdout stays the program's.
# Never names gcc-multilib: that package (the native one) conflicts with every cross compiler.

# To build calque itself.
packages_build=(cmake ninja-build gcc libc6-dev libcapstone-dev libelf-dev libffi-dev zlib1g-dev)

# To build the guests' busyboxes and test programs. busybox's own build needs make and bzip2.
packages_guests=(dpkg-dev make bzip2 xz-utils patch
    gcc-arm-linux-gnueabi libc6-dev-armel-cross
    gcc-sparc64-linux-gnu gcc-multilib-sparc64-linux-gnu libc6-dev-sparc-sparc64-cross)

# To run the tests. qemu-user is the independent oracle, clang the second compiler.
packages_check=(libcmocka-dev qemu-user git strace clang)

# More for the long run: libFuzzer and the sanitizers' run-time libraries, callgrind.
packages_long=(libclang-rt-14-dev valgrind)

# Which of the packages given are not installed, one a line.
packages_missing() { # PACKAGE...
    { dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true; } |
        awk 'read { if ($1 == "installed") have[$2] = 1; next } !($0 in have)' read=1 - read=0 <(printf '%s\n' "$@")
}

# Run a command as root: directly, or by sudo.
packages_as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Install what is missing of the packages given; does nothing at all when nothing is. Returns 1 with a clear
# message when it cannot.
packages_need() { # PACKAGE...
    local missing log
    if ! command -v dpkg-query >/dev/null; then
        echo "note: this is not a Debian system; calque needs what these packages hold: $*" >&2
        return 0
    fi
    missing=$(packages_missing "$@" | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        echo "error: these packages are missing, and only root or sudo can install them: $missing" >&2
        echo "       as root: apt-get install --no-install-recommends $missing" >&2
        return 1
    fi
    echo "installing by apt-get: $missing" >&2
    log=$(mktemp)
    # shellcheck disable=SC2086 # the list is words
    if ! { packages_as_root apt-get -q update &&
        packages_as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y --no-install-recommends install $missing; } >"$log" 2>&1 </dev/null; then
        packages_retry "$log" "$missing" || return 1
    fi
    rm -f "$log"
}

# The index update failed (an unreachable third-party source, say) or the installation did: try the installation
# alone, and explain when that fails too.
packages_retry() { # LOG MISSING
    # shellcheck disable=SC2086
    packages_as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install $2 >>"$1" 2>&1 </dev/null && return 0
    grep -E '^(E|W|Err)' "$1" | tail -8 >&2
    echo "error: apt-get could not install: $2" >&2
    echo "       the whole log is $1; with no network, install these by other means and run this again" >&2
    return 1
}
