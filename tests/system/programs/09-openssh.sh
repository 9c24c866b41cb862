# needs: openssh-server openssh-client
ssh-keygen -q -t ed25519 -N '' -f key
mkdir -p /run/sshd
printf 'Port 7779\nListenAddress 127.0.0.1\nAuthorizedKeysFile %s/key.pub\nStrictModes no\nPidFile %s/pid\n' "$PWD" "$PWD" >config
/usr/sbin/sshd -f "$PWD/config"
for _ in $(seq 50); do [ -e pid ] && break; sleep 0.2; done
ssh -i key -p 7779 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR root@127.0.0.1 'uname -m; seq 100000 | tail -n 1'
kill "$(cat pid)"
