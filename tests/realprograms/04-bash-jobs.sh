# Job control without a terminal: background jobs, wait, wait -n, coproc.
bash 2>/dev/null <<'END'
for i in 1 2 3; do (sleep 0.$i; exit $i) & p[$i]=$!; done
for i in 1 2 3; do wait ${p[$i]}; echo "job $i: $?"; done
(sleep 5) & kill $!; wait $!; echo "terminated: $?"
set -m
sleep 0.1 & fg >/dev/null; echo "fg: $?"
set +m
coproc { while read -r x; do echo "co:$x"; done; }
echo ping >&"${COPROC[1]}"; read -r r <&"${COPROC[0]}"; echo "$r"
(exit 9) & wait -n; echo "wait -n: $?"
timeout 0.2 sleep 5; echo "timeout: $?"
END
