# New user, mount and process namespaces.
"$METIC" binfmt install >/dev/null
unshare --user --map-root-user --mount --pid --fork --mount-proc ./who 1
unshare --mount --pid --fork --root=/ --wd="$PWD" ./who 1
