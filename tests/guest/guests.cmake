# The guests as the tests see them: the names of their variants, the compiler of each and what runs its programs.
#
# guests                  variants whose compiler was found
# guest_<g>_cc            the compile command       guest_<g>_emulator    the command that runs a program
# guest_<g>_asm           which asm/*.<word>.S files belong to it; empty for a variant of another guest
# guest_<g>_order         little or big             guest_<g>_busybox     the busybox of get-busybox that is its own
# guest_<g>_uclibc        the name of its C library where that is ours to build (tests/real/uclibc), else empty
# guest_<g>_root          a root for -L with the libraries of the guest's compiler; empty where it has only static ones
# guest_<g>_without       C programs that its C library cannot build or prints differently
# guest_hard              C programs that try the translator's own machinery hard; they need glibc's contexts and threads
# guest_modes             NAME:OPTIONS for calque; every test runs once in each
# guest_turns             more of them, which take turns: a guest program runs in one of these, chosen by the test's name.
#                         A long run puts them all into guest_modes.
# CALQUE_BUSYBOX_DIR      where get-busybox keeps what it builds
set(CALQUE_BUSYBOX_DIR ${CMAKE_SOURCE_DIR}/build/busybox CACHE PATH "Where the busyboxes are kept")
# the programs expect GCC of every build: clang calls other functions for the same source
find_program(guest_native_compiler gcc REQUIRED)
set(guest_native_cc ${guest_native_compiler})
set(guest_hard orphanlock deep million spin killed codegen rawclone forkstorm sigqueue sigrestart sigthreads sigprocs altstack)
set(guests)
if(TARGET calque)
  set(guest_modes "jit:--backend=jit" "interp:--backend=interp" "base:--backend=jit --guest-mem=base")
  set(guest_turns "nochain:--backend=jit --no-chain" "single:--backend=jit --singlestep"
    "plain:--backend=jit --host-without=all" "basesingle:--backend=jit --guest-mem=base --singlestep")
  file(STRINGS ${CMAKE_SOURCE_DIR}/ir/passes.def rows REGEX "^IR_PASS\\(")
  set(passes)
  foreach(row ${rows})
    string(REGEX REPLACE "^IR_PASS\\(([a-z_0-9]+),.*" "\\1" pass "${row}")
    list(APPEND passes ${pass})
    list(APPEND guest_turns "no_${pass}:--backend=jit --disable-pass=${pass}")
  endforeach()
  string(REPLACE ";" "," passes "${passes}")
  list(APPEND guest_turns "no_passes:--backend=jit --disable-pass=${passes}")
  if(CALQUE_LONG)
    list(APPEND guest_modes ${guest_turns})
    set(guest_turns)
  endif()
else()
  set(guest_modes "qemu:")
  set(guest_turns)
endif()

function(guest_variant name asm order qemu compiler)
  find_program(guest_compiler_${compiler} ${compiler})
  if(NOT guest_compiler_${compiler})
    message(WARNING "${compiler} is missing: no tests of guest ${name}; ./check installs it")
    return()
  endif()
  set(CALQUE_EMULATOR_${name} "" CACHE STRING "What runs the test programs of ${name} instead of calque")
  set(emulator ${CALQUE_EMULATOR_${name}})
  if(NOT emulator AND TARGET calque)
    set(emulator "$<TARGET_FILE:calque>")
  elseif(NOT emulator)
    set(emulator ${qemu})
  else()
    set(guest_modes "other:" PARENT_SCOPE)
    set(guest_turns PARENT_SCOPE)
  endif()
  set(guests ${guests} ${name} PARENT_SCOPE)
  set(guest_${name}_cc ${guest_compiler_${compiler}} ${ARGN} PARENT_SCOPE)
  set(guest_${name}_asm "${asm}" PARENT_SCOPE)
  set(guest_${name}_order ${order} PARENT_SCOPE)
  set(guest_${name}_busybox ${name} PARENT_SCOPE)
  set(guest_${name}_emulator "${emulator}" PARENT_SCOPE)
endfunction()

guest_variant(arm "arm" little qemu-arm arm-linux-gnueabi-gcc -march=armv6)
guest_variant(armvfp "" little qemu-arm arm-linux-gnueabi-gcc -march=armv6 -mfpu=vfp -mfloat-abi=softfp)
guest_variant(armthumb "" little qemu-arm arm-linux-gnueabi-gcc -mthumb -march=armv7-a -mfpu=vfpv3-d16 -mfloat-abi=softfp)
guest_variant(sparc "sparc" big qemu-sparc32plus sparc64-linux-gnu-gcc -m32)

# What -L needs of a guest's root: its loader asks for /lib, which Debian's cross compilers keep elsewhere, SPARC's 32-bit one
# in lib32.
foreach(guest ${guests})
  execute_process(COMMAND ${guest_${guest}_cc} -print-file-name=libc.so.6 OUTPUT_VARIABLE libc OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(IS_ABSOLUTE "${libc}") # else the compiler has none, and gives the name back
    get_filename_component(libraries ${libc} DIRECTORY)
    get_filename_component(libraries ${libraries} REALPATH)
    set(guest_${guest}_root ${CMAKE_BINARY_DIR}/tests/guest/root-${guest})
    file(MAKE_DIRECTORY ${guest_${guest}_root})
    file(CREATE_LINK ${libraries} ${guest_${guest}_root}/lib SYMBOLIC)
  endif()
endforeach()

# The same guests with uClibc, in the style of firmware: other start code, old system calls, LinuxThreads. Missing there:
# pthread barriers, sys/auxv.h, MAP_FIXED_NOREPLACE, exact last digits in printf and libm; sigaction knows only the
# handlers that it set itself; pipe, which returns two registers on sparc, writes through a bad pointer itself.
macro(guest_uclibc name order qemu compiler library)
  guest_variant(${name} "" ${order} ${qemu} ${compiler})
  set(guest_${name}_busybox ${library})
  set(guest_${name}_uclibc ${library})
  set(guest_${name}_cc ${CALQUE_BUSYBOX_DIR}/uclibc-${library}/cc)
  set(guest_${name}_without threads world maps fp signals exec inherit ${guest_hard} ${ARGN})
endmacro()

guest_uclibc(sparcv8 big qemu-sparc sparc64-linux-gnu-gcc sparc-v8 badcalls)
if(CALQUE_LONG) # a C library, a busybox and their programs: four minutes of processor time that the sample does not have
  guest_uclibc(armuclibc little qemu-arm arm-linux-gnueabi-gcc arm-uclibc)
endif()
