# The table of registrations: what is in it is said, and nobody is pushed aside unasked.
short() { sed "s|$METIC|METIC|" 2>&1; }
"$METIC" binfmt status; echo "status $?"
"$METIC" binfmt install | short
"$METIC" binfmt install | short
"$METIC" binfmt status | short; echo "status ${PIPESTATUS[0]}"
"$METIC" binfmt remove; echo "status $?"
"$METIC" binfmt remove 2>&1; echo "status $?"
"$METIC" binfmt install --interpreter /bin/true --print kernel | sed 's/metic-riscv64/other/' >/proc/sys/fs/binfmt_misc/register
"$METIC" binfmt install 2>&1; echo "status $?"
"$METIC" binfmt install --force | short
./who 0
"$METIC" binfmt status | short
"$METIC" binfmt install --interpreter metic:x 2>&1 | sed 's|.*/||'
# As in a container: mounted, but not here.
mkdir elsewhere && mount -t binfmt_misc binfmt_misc elsewhere
umount /proc/sys/fs/binfmt_misc
ls /proc/sys/fs/binfmt_misc
"$METIC" binfmt status | short
setpriv --bounding-set -all --inh-caps -all "$METIC" binfmt status; echo "status $?"
setpriv --bounding-set -all --inh-caps -all "$METIC" binfmt remove 2>&1; echo "status $?"
"$METIC" binfmt remove; echo "status $?"
ls /proc/sys/fs/binfmt_misc
"$METIC" binfmt install --force | short
