#!/bin/sh
# Prints the rows of the guests' oracles anew: make.sh [DIR] writes DIR/<guest>.txt (default: here).
# Needs clang and lld with all targets, sparc64-linux-gnu-gcc, and qemu-user.
set -e
src=$(dirname "$0")
out=${1:-$src}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

build() # guest, compiler...
{
    guest=$1
    shift
    "$@" -O1 -nostdlib -static -ffreestanding -Wall -Wextra -Wno-unused-function \
        "$src/oracle_$guest.c" -o "$tmp/$guest"
}

build aarch64 clang --target=aarch64-linux-gnu -fuse-ld=lld
build riscv64 clang --target=riscv64-linux-gnu -march=rv64gc -mabi=lp64d -mno-relax -fuse-ld=lld
build ppc64 clang --target=powerpc64-linux-gnu -mabi=elfv2 -mcpu=power8 -fno-pic -fuse-ld=lld
build sparc64 sparc64-linux-gnu-gcc -mno-app-regs -fno-pie -no-pie
for guest in aarch64 riscv64 sparc64; do qemu-$guest "$tmp/$guest" > "$out/$guest.txt"; done
qemu-ppc64 -cpu power8 "$tmp/ppc64" > "$out/ppc64.txt"
