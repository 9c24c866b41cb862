# argv[0], the file name and the process name survive; children need no registration.
"$METIC" binfmt install >/dev/null
./who 1
bash -c 'exec -a nick ./who 0' | sed "s|$PWD|.|"
"$METIC" binfmt remove >/dev/null
./who 0 2>/dev/null || echo "not registered: $?"
