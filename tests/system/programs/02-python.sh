# needs: python3 python3-venv
python3 - <<'X'
import multiprocessing, platform, sqlite3, subprocess, threading
print(platform.machine(), multiprocessing.Pool(2).map(len, ["a", "bb"]))
done = []
threads = [threading.Thread(target=lambda n=n: done.append(sum(range(n * 10000)))) for n in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(len(done), sqlite3.connect(":memory:").execute("select 6*7").fetchone()[0])
print(subprocess.run(["sh", "-c", "kill -9 $$"]).returncode)
X
python3 -m venv --without-pip env && env/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'
