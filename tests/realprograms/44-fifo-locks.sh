# Processes that meet in fifos, files and locks.
mkfifo a b; (while read -r x; do echo "got $x"; done < a > b) & (echo 1; echo 2; echo 3) > a & cat b; wait
echo 0 > n; for i in 1 2 3 4; do (for k in 1 2 3 4 5; do flock lock sh -c 'read -r x < n; echo $((x + 1)) > n'; done) & done; wait; cat n
exec 3<> rw; echo data >&3; exec 3>&-; cat rw; (exec 2>&1; exec 4>&1; echo four >&4); sh -c 'cat <&5' 5< rw; (echo first; sleep 0.1; echo second) | { read -r x; echo "$x"; cat; }; sleep 0.2 | true; echo "pipe $?"; (sh -c 'kill -PIPE $$'; echo $?) 2>/dev/null; yes | head -n 1; set -o noclobber 2>/dev/null; echo x > new; echo y > new; echo $?; tail -f --pid=$$ -n 1 rw > seen & p=$!; until grep -q data seen; do sleep 0.1; done; kill $p; wait $p; echo $?; cat seen
