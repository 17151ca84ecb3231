#!/bin/sh
# check_missing_lifter.sh ISAGEN CC SOURCE_DIR: linking the dispatcher of a set fails for the lifter that is not
# written, and not for the todo row.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/t.isa" <<'END'
%set t guest=g width=16
there   0000 0000 0000 0000  "there"
gone    0000 0000 0000 0001  "gone"
later   0000 0000 0000 0010  "later"  todo
END
cat >"$dir/main.c" <<'END'
#include "t.h"
bool g_lift_there(struct lift *l, const struct g_args_none *a)
{
    return !l && !a;
}
int main(void)
{
    struct t_rec r = {0};
    return t_lift(0, &r);
}
END
"$1" "$dir" "$dir/t.isa"
if "$2" -std=gnu17 -I"$3" -I"$dir" "$dir/main.c" "$dir/t_lift.c" -o "$dir/t" 2>"$dir/log"; then
    echo "it links"
    exit 1
fi
grep -q g_lift_gone "$dir/log"
if grep -q -e g_lift_there -e g_lift_later "$dir/log"; then
    cat "$dir/log"
    exit 1
fi
