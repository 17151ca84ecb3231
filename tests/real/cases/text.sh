# Text tools: sed, awk, grep, sort, uniq, cut, tr, diff, bc, dc, od and others.
seq 1 2000 | sed -n '100,105p;$p'; echo hello world | sed 's/\(hello\) \(world\)/\2 \1/;s/o/0/g'
printf 'a\nb\nc\n' | sed '2d;1i\first' ; printf 'x=1\ny=2\n' | sed -E 's/^([a-z])=([0-9])$/\2 \1/'
seq 1 100 | awk '{ s += $1; q += $1 * $1 } END { print s, q, s / NR; printf "%.6f %e\n", sqrt(q), exp(1) }'
awk 'BEGIN { for (i = 0; i < 5; i++) a["k" i] = i * i; n = 0; for (k in a) n += a[k]; print n, length("hello"), substr("hello", 2, 3), toupper("x"), index("abc", "c"), sin(1), int(-3.7), 2 ** 10, 7 % 3 }'
awk -F: '{ print $1 "-" $3 }' passwd; awk '/b/ { n++ } END { print n + 0 }' words; awk 'BEGIN { printf "%d %s %5.2f %x %c\n", 3.9, "s", 2.345, 255, 65; print 1e300 * 1e10, -log(0), 0.1 + 0.2 }'
awk 'function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } BEGIN { print fib(18) }'
awk '{ $2 = "X"; print; gsub(/[aeiou]/, "*"); print }' words; echo "a b c" | awk '{ print split($0, p, " "), p[3]; print match("foobar", /o+/), RSTART, RLENGTH }'
grep -n b words; grep -c . words; grep -E '^(a|c)' words; grep -v a words | head -2; grep -i APPLE words; grep -o 'p*' words | sort | uniq -c; grep -rl needle . | sort; grep -F 'a.b' words; echo $?
sort words; sort -r words | head -2; sort -n numbers; sort -k2 -t: passwd; sort -u numbers | wc -l
uniq -c dup; uniq -d dup; cut -d: -f1,3 passwd; cut -c2-4 words; tr -d aeiou <words; tr -s p <words; echo hello | tr a-y b-z; rev words; tac words; paste words numbers | head -3; fold -w 3 words | head -4; expand -t 4 tabs; nl words | head -2; comm -12 sorted1 sorted2; join sorted1 sorted2 | head -3
head -c 10 words; echo; tail -n 2 words; tail -c 5 words; wc words numbers; split -l 2 words part_ && ls part_*
diff words dup | head -8; cmp words dup; diff -u words words && echo same; od -An -tx1 words | head -2; od -c tabs; hexdump -C words | head -2; xxd words | head -2; strings bin | head -3
echo '2^100; scale=30; 22/7; sqrt(2); 12345678901234567890 * 98765432109876543210' | bc; echo 'scale=20; e(1); s(1); l(10)' | bc -l; echo '2 3 + p 10 k 2 v p' | dc; expr 6 \* 7; expr length hello; factor 600851475143 97 1000000007
md5sum words bin; sha1sum bin; sha256sum bin words; sha512sum words; sha3sum words; cksum bin; sum bin; base64 bin | head -2; base64 words | base64 -d; uuencode words w | head -3; echo 'YWJj' | base64 -d; echo
seq 1 3 | xargs -n 1 echo item; printf 'a b\0c\0' | xargs -0 -n 1 echo; echo 1 2 3 | xargs -I{} echo '<{}>'; dos2unix <tabs | od -c | tail -1; seq -w 8 11; seq 1 0.5 3; printf '%s\n' $(seq 10 -3 1); cal 2 2024; date -u -d @1234567890 '+%Y-%m-%d %H:%M:%S %j %u'
ed words <<END
1p
$p
q
END
patch_in=patchee; cp words $patch_in; diff -u words dup >p.diff; patch $patch_in p.diff; cmp $patch_in dup && echo patched
