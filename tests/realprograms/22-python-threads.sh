# Python threads: locks, queues, conditions, events, pools, thread-local data.
python3 - <<'END'
import threading, queue, concurrent.futures, time
n = 0; lock = threading.Lock()
def add():
    global n
    for _ in range(2000):
        with lock: n += 1
ts = [threading.Thread(target=add) for _ in range(8)]; [t.start() for t in ts]; [t.join() for t in ts]; print(n)
q = queue.Queue(5); out = []
def consume():
    while (x := q.get()) is not None: out.append(x * x)
c = threading.Thread(target=consume); c.start(); [q.put(i) for i in range(100)]; q.put(None); c.join(); print(sum(out))
with concurrent.futures.ThreadPoolExecutor(4) as ex: print(sum(ex.map(lambda x: x ** 2, range(200))))
b = threading.Barrier(3); hits = []
def wait(): b.wait(); hits.append(1)
ts = [threading.Thread(target=wait) for _ in range(3)]; [t.start() for t in ts]; [t.join() for t in ts]; print(len(hits))
ev = threading.Event(); print(ev.wait(0.05)); threading.Timer(0.05, ev.set).start(); print(ev.wait(5))
loc = threading.local(); loc.x = 1; seen = []
t = threading.Thread(target=lambda: seen.append(hasattr(loc, "x"))); t.start(); t.join(); print(seen)
cond = threading.Condition(); box = []
def prod():
    with cond: box.append("item"); cond.notify()
with cond: threading.Thread(target=prod).start(); print(cond.wait_for(lambda: box, 5))
END
