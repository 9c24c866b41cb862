# With flag C a set-user-ID program gets its user, also from another guest program, and its environment sets nothing.
# root only: other users exist in the namespace
cp who set-uid
chown 1234 set-uid
chmod 4755 set-uid who .
"$METIC" binfmt install >/dev/null
./set-uid 0
"$METIC" binfmt install --credentials >/dev/null
METIC_ENGINE=steam METIC_STRACE=1 ./set-uid 0
env ./who exec ./set-uid
