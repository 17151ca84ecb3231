#!/bin/sh
# check_readme.sh ISAGEN README: the indented block that begins with %set is a table the tool accepts.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sed -n '/^    %set/,/^    }/s/^    //p' "$2" >"$dir/readme.isa"
test "$(grep -c '"' "$dir/readme.isa")" -ge 6
"$1" "$dir" "$dir/readme.isa"
test -s "$dir/toy_decode.c"
