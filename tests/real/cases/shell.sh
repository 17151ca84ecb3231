# The shell itself: expansion, loops, functions, arithmetic, redirection, subshells, traps, jobs.
for f in *; do md5sum "$f" 2>/dev/null; done | sort | head -3
i=0; while [ $i -lt 200 ]; do i=$((i + 1)); done; echo $i
f() { [ $1 -le 1 ] && echo 1 || echo $(($1 * $(f $(($1 - 1))))); }; f 12
echo ${PWD##*/} | wc -c; x=hello; echo ${x%l*} ${x#*l} ${#x} ${x:1:3} ${y:-default} ${x/l/L} ${x//l/L}
echo $((7 / 2)) $((-7 % 3)) $((1 << 40)) $((0x7fffffffffffffff + 1)) $((5 > 3 && 2 < 1)) $((012))
cat <<END | tr a-z A-Z
here document $x $((1 + 1))
END
(exit 7); echo $?; false || echo or; true && echo and; ! true; echo $?
case "abc.txt" in *.c) echo c ;; *.txt) echo text ;; esac
set -- a "b c" d; echo $# "$2"; shift; echo "$*"; for a in "$@"; do printf '[%s]' "$a"; done; echo
trap 'echo trapped' USR1; kill -USR1 $$; echo after
sleep 0 & wait $!; echo job $?
(sleep 5 & p=$!; kill $p; wait $p; echo killed $?)
echo out; echo err >&2 2>/dev/null; echo both >file1 2>&1; cat file1; echo more >>file1; wc -l <file1
exec 5>file2; echo five >&5; exec 5>&-; cat file2
read a b <<END
one two three
END
echo "$a|$b"; IFS=:; set -- $(echo a:b:c); echo $#; unset IFS
eval 'echo evaluated'; type cd | head -1; command -v echo
printf '%5d|%-5s|%05.1f|%x|%c|%b\n' 42 ab 3.14159 255 z 'a\tb'
echo a b c | while read l; do echo "read $l"; done
seq 1 5 | { read x; echo first $x; cat | tail -1; }
yes | head -2; : | cat; echo $(echo nested $(echo deeper))
sh -c 'echo $0 $1' zero one; sh -c 'exit 3'; echo $?; sh -c 'kill -9 $$'; echo $?
ulimit -n | grep -c .; umask 027; umask; cd sub && pwd | sed 's,.*/,,' && cd ..
