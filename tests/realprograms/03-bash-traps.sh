# Traps on EXIT, ERR and signals; wait statuses of children that die.
bash <<'END'
trap 'echo exit trap' EXIT
trap 'echo got USR1' USR1
trap 'echo got TERM' TERM
kill -USR1 $$
kill -TERM $$
(trap 'echo child INT; exit 3' INT; kill -INT $BASHPID; echo not reached)
echo "child: $?"
{ sh -c 'kill -KILL $$'; } 2>/dev/null; echo "killed: $?"
{ sh -c 'kill -SEGV $$'; } 2>/dev/null; echo "segv: $?"
trap 'echo err trap' ERR
false
set -e
false
echo not reached
END
echo "status $?"
