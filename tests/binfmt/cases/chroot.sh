# A chroot with nothing but the program: no metic, no /proc. Nor does closing every descriptor stop its children.
"$METIC" binfmt install >/dev/null
mkdir root
cp who root
chroot root /who 2 closed
# The same with a copy of metic instead of a registration.
"$METIC" binfmt remove >/dev/null
cp "$METIC" root/metic
chroot root /metic /who 2 closed
