# shellcheck shell=bash disable=SC2154
# build.sh: a static uClibc for a guest, out of Debian's package uclibc-source, and a compiler command that uses it.
#
# Sourced by get-busybox, whose private apt set-up, folder ($out) and messages it uses. uclibc_compiler NAME leaves
# $out/uclibc-NAME/cc, which compiles and links like any cc, always statically; a second call costs nothing as long as
# this folder's files are the same. Takes about a minute of one processor for each guest.
#
#   sparc-v8     32-bit SPARC V8, ELF machine EM_SPARC. glibc's and libgcc's 32-bit objects are V8+, so nothing of
#                either is linked; arith64.c stands in for libgcc.
#   arm-uclibc   ARM EABI, ARMv5TE without Thumb, soft float
#
# Threads are LinuxThreads, as in the firmware of 2010 to 2013: each is a process made by clone, woken by signals.
uclibc_dir=$(dirname "${BASH_SOURCE[0]}")

# The guest's facts: triplet of the cross compiler, uClibc's name for the guest, options, where libgcc comes from.
uclibc_facts() { # NAME
    case $1 in
    sparc-v8)
        uclibc_triplet=sparc64-linux-gnu
        uclibc_arch=sparc
        uclibc_options="-m32 -mcpu=v8 -mlong-double-64"
        uclibc_libgcc='%L/libarith64.a'
        uclibc_symbols=(CONFIG_SPARC_V8 UCLIBC_HAS_FPU)
        ;;
    arm-uclibc)
        uclibc_triplet=arm-linux-gnueabi
        uclibc_arch=arm
        uclibc_options="-march=armv5te -marm -mfloat-abi=soft"
        uclibc_libgcc='libgcc.a%s libgcc_eh.a%s'
        uclibc_symbols=(CONFIG_ARM_EABI ARCH_WANTS_LITTLE_ENDIAN)
        ;;
    *) die "no uClibc is known for '$1'" ;;
    esac
}

# What the result depends on: a change of it builds the library, and what was made with it, anew.
uclibc_stamp() {
    cat "$uclibc_dir"/{build.sh,arith64.c,pagesize.c} | cksum
}

uclibc_compiler() { # NAME
    local dir=$out/uclibc-$1 stamp
    stamp=$(uclibc_stamp)
    if [ -x "$dir/cc" ] && [ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ]; then return 0; fi
    uclibc_facts "$1"
    case $out in *[[:space:]]*) die "$out has a space in it, which make and GCC's specs cannot take; give another folder" ;; esac
    command -v "$uclibc_triplet-gcc" >/dev/null || die "$uclibc_triplet-gcc is missing; ./demo and ./check install it, or see README.md"
    uclibc_source
    rm -rf "$dir" "$out/busybox-$1" "$out/obj-$1"
    mkdir -p "$dir/usr/lib" "$dir/usr/include" "$dir/kernel"
    say "building uClibc for $1 (a minute or two; log: $dir/build.log)"
    uclibc_kernel_headers "$dir/kernel" "$dir/usr/include"
    uclibc_build "$dir"
    uclibc_add "$dir" libc.a pagesize.c
    if [ "$1" = sparc-v8 ]; then uclibc_add "$dir" libarith64.a arith64.c; fi
    uclibc_commands "$dir"
    rm -rf "$dir/src"
    echo "$stamp" >"$dir/stamp"
}

# The package's archive, left at $out/uclibc.tar.xz.
uclibc_source() { alone uclibc-source uclibc_source_alone; }
uclibc_source_alone() {
    [ ! -e "$out/uclibc.tar.xz" ] || return 0
    local tmp log=$out/uclibc-source.log
    tmp=$(mktemp -d "$out/apt.XXXXXX")
    say "getting uClibc's source (log: $log)"
    private_apt "$tmp" deb
    apt_private_update "$log"
    (cd "$tmp" && apt-get "${apt_options[@]}" download uclibc-source >>"$log" 2>&1) || {
        tail -5 "$log" >&2
        rm -rf "$tmp"
        die "apt-get download uclibc-source failed; is the network there?"
    }
    dpkg-deb -x "$tmp"/uclibc-source_*.deb "$tmp/x"
    mv "$tmp"/x/usr/src/uClibc-ng-*.tar.xz "$out/uclibc.tar.xz" || die "the package uclibc-source holds no archive in usr/src"
    rm -rf "$tmp"
}

# The kernel's own headers stand among glibc's: link those folders alone, for uClibc's build and beside its headers.
uclibc_kernel_headers() { # FOLDER...
    local folder name
    for folder; do
        for name in linux asm asm-generic mtd rdma sound video misc drm; do
            ln -s "/usr/$uclibc_triplet/include/$name" "$folder/$name"
        done
    done
}

uclibc_make() { # FOLDER TARGET...
    local dir=$1
    shift
    make -C "$dir/src" "ARCH=$uclibc_arch" "CROSS_COMPILE=$uclibc_triplet-" \
        "CC=$uclibc_triplet-gcc $uclibc_options -fno-pie" "PREFIX=$dir" "$@" >>"$dir/build.log" 2>&1 ||
        { grep -E 'rror|\*\*\*' "$dir/build.log" | tail -15 >&2; die "building uClibc failed; see $dir/build.log"; }
}

# Static only, without position independence; otherwise nearly everything that the library has, since busybox with
# its default configuration asks for it.
uclibc_build() { # FOLDER
    local dir=$1 config=$1/src/.config symbol
    mkdir "$dir/src"
    tar -xf "$out/uclibc.tar.xz" -C "$dir/src" --strip-components=1
    uclibc_make "$dir" defconfig
    for symbol in UCLIBC_HAS_FPU HAVE_SHARED DOPIC UCLIBC_BUILD_RELRO DOSTRIP HAS_NO_THREADS UCLIBC_HAS_PROFILING; do
        uclibc_set "$config" $symbol n
    done
    for symbol in "${uclibc_symbols[@]}" UCLIBC_HAS_LINUXTHREADS DO_C99_MATH DO_XSI_MATH UCLIBC_{SUSV2,SUSV3,SUSV4}_LEGACY \
        UCLIBC_SUSV3_LEGACY_MACROS UCLIBC_SV4_DEPRECATED UCLIBC_NTP_LEGACY UCLIBC_USE_NETLINK UCLIBC_SUPPORT_AI_ADDRCONFIG \
        UCLIBC_HAS_{LIBUTIL,OBSOLETE_BSD_SIGNAL,OBSOLETE_SYSV_SIGNAL,SHA256_CRYPT_IMPL,SHA512_CRYPT_IMPL,IPV6,STUBS,GETPT} \
        UCLIBC_HAS_{RESOLVER_SUPPORT,WCHAR,HEXADECIMAL_FLOATS,PRINTF_M_SPEC,SYS_SIGLIST,SYS_ERRLIST,NFTW,FTS,GNU_GLOB} \
        UCLIBC_HAS_{PROGRAM_INVOCATION_NAME,WORDEXP,CONTEXT_FUNCS,UTMPX} \
        UCLIBC_HAS_FOPEN_{LARGEFILE,EXCLUSIVE,CLOSEEXEC}_MODE; do
        uclibc_set "$config" "$symbol" y
    done
    uclibc_set "$config" KERNEL_HEADERS "\"$dir/kernel\""
    uclibc_set "$config" RUNTIME_PREFIX '"/"'
    uclibc_set "$config" DEVEL_PREFIX '"/usr/"'
    { yes '' || true; } | uclibc_make "$dir" oldconfig
    uclibc_make "$dir" -j"$jobs"
    uclibc_make "$dir" install_dev
}

# As busybox's set_config, but for a kconfig whose symbols carry no prefix.
uclibc_set() { # FILE SYMBOL VALUE
    sed -i -E "/^(# )?$2[ =]/d" "$1"
    if [ "$3" = n ]; then echo "# $2 is not set" >>"$1"; else echo "$2=$3" >>"$1"; fi
}

# One of our own sources, compiled into a library. No built-in functions: nothing in arith64.c may become a call of itself.
uclibc_add() { # FOLDER LIBRARY SOURCE
    local object=$1/${3%.c}.o
    # shellcheck disable=SC2086 # the options are words
    "$uclibc_triplet-gcc" $uclibc_options -fno-pie -O2 -std=gnu17 -ffreestanding -fno-builtin -Wall -Wextra -Werror \
        -c -o "$object" "$uclibc_dir/$3" || die "$3 does not compile"
    "$uclibc_triplet-ar" rcs "$1/usr/lib/$2" "$object"
    rm "$object"
}

# The command cc: GCC's own, with a specs file that replaces glibc's start files and libraries by ours. The linker is
# given no other folder to search, so that nothing of glibc can get in.
uclibc_commands() { # FOLDER
    local lib=$1/usr/lib include
    include=$("$uclibc_triplet-gcc" -print-file-name=include)
    cat >"$1/specs" <<EOF
*startfile:
$lib/crt1.o $lib/crti.o

*endfile:
$lib/crtn.o

*lib:
-lc

*libgcc:
${uclibc_libgcc/'%L'/$lib}

*link_libgcc:
-L$lib

EOF
    cat >"$1/cc" <<EOF
#!/bin/sh
exec $uclibc_triplet-gcc $uclibc_options -specs=$1/specs -fno-pie -no-pie -static -Wl,--build-id=none \\
    -nostdinc -isystem $1/usr/include -isystem $include "\$@"
EOF
    chmod +x "$1/cc"
}
