# Arguments that look like metic's are the program's; the environment sets what options would.
"$METIC" binfmt install >/dev/null
./who 0 --stats --engine steam
METIC_ENGINE=interp METIC_STATS=1 ./who 0 2>&1 | grep -c statistics
METIC_ENGINE=steam ./who 0 2>&1 || echo "status $?"
