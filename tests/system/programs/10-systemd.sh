# needs: systemd dbus
systemctl --version | head -n 1 | cut -d' ' -f1
systemd-analyze calendar --iterations=1 '2030-01-01 00:00' | grep -c 2030
systemd-analyze --man=no verify /usr/lib/systemd/system/dbus.service && echo verified
