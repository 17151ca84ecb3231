# Processes: exec of the binary under other names, pipes with many stages, signals, timeouts, environment, exit codes.
self=$(readlink -f /proc/self/exe); ln -s "$self" ./busybox; ln -s "$self" ./sort; ln -s "$self" ./env
echo "b
a" | ./sort; ./busybox echo through the link; ./busybox sh -c 'echo $0; exit 9' named; echo $?
printf '#!./busybox sh\necho script $0 "$@"; exit 4\n' >s; chmod +x s; ./s x 'y z'; echo $?
env -i A=1 B='2 3' ./env; A=5 sh -c 'echo $A'; export C=6; sh -c 'echo $C'; unset C; sh -c 'echo ${C-unset}'; ./busybox env -u HOME ./busybox sh -c 'echo ${HOME-no home}'
seq 1 20000 | grep 7 | sed s/7/x/ | sort | uniq | tr x y | awk '{ n++ } END { print n }' | cat | wc -c
timeout 1 sleep 10; echo $?; timeout 5 true; echo $?; time true 2>/dev/null; nice -n 5 nice; nohup echo nohup 2>/dev/null; setsid sh -c 'echo session'
(sleep 10 & echo $! >pid; wait) & sleep 1; kill $(cat pid); wait; echo waited; sh -c 'trap "echo term; exit 5" TERM; kill $$; sleep 1'; echo $?
sh -c 'kill -SEGV $$'; echo $?; sh -c 'kill -ABRT $$' ; echo $?; ./nothing 2>/dev/null; echo $?; ./words 2>/dev/null; echo $?; sub/ 2>/dev/null; echo $?
ps -o pid,comm 2>/dev/null | awk -v me=$$ '$1 == me { print "found" }'; kill -0 $$ && echo alive; pidof nothing_like_this; echo $?; id -u | grep -c .; whoami | grep -c .; hostname | grep -c .; uname -s; nproc | grep -c .; uptime | grep -c up; free | wc -l; date +%s | awk '{ print ($1 > 1600000000) }'
for i in 1 2 3 4 5 6 7 8; do (echo child $i) & done | sort; wait; i=0; while [ $i -lt 30 ]; do ./busybox true; i=$((i + 1)); done 2>/dev/null; echo $i
echo 'main() { }' | xargs echo; mkfifo f1; cat f1 | tr a b & echo aaa >f1; wait; tty; stty 2>/dev/null; echo $?; usleep 1000; sleep 0.01; flock words -c 'echo locked';
