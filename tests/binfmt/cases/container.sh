# What a container is made of: namespaces, another root without a trace of the host's, no new privileges.
"$METIC" binfmt install >/dev/null
mkdir -p root/proc root/old
cp who root
unshare --mount --pid --fork --uts --ipc --net --cgroup bash -c '
  mount --bind root root && cd root && mount -t proc proc proc && pivot_root . old && exec /who detach /old'
unshare --mount --pid --fork bash -c '
  mount --bind root root && cd root && mount -t proc proc proc && exec setpriv --no-new-privs chroot . /who 1 closed'
