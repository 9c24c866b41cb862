# needs: nginx apache2-utils
cat >nginx.conf <<'X'
worker_processes 2;
pid /tmp/nginx.pid;
events { }
http { server { listen 127.0.0.1:7780; root /usr/share/nginx/html; } access_log off; }
X
nginx -c "$PWD/nginx.conf"
ab -q -n 500 -c 8 http://127.0.0.1:7780/index.html | grep -E '^(Complete|Failed)'
nginx -c "$PWD/nginx.conf" -s stop
