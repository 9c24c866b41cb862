# needs: redis
redis-server --port 7777 --daemonize yes --save '' >/dev/null
for _ in $(seq 50); do redis-cli -p 7777 ping >/dev/null 2>&1 && break; sleep 0.2; done
redis-benchmark -p 7777 -n 3000 -t set,get,lpush -q | tr '\r' '\n' | grep -c 'requests per second'
redis-cli -p 7777 set key value
redis-cli -p 7777 get key
redis-cli -p 7777 shutdown
