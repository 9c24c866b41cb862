# Programs that a guest executes have its sysroot; after a chroot they have none, whatever the environment says.
mkdir -p root/bin root/again
cp who root/bin
cp who root/again/who
"$METIC" run -L root root/bin/who exec /bin/who
(cd root && METIC_SYSROOT=. "$METIC" run bin/who exec /bin/who)
METIC_SYSROOT=root "$METIC" run root/bin/who chroot root /again/who
