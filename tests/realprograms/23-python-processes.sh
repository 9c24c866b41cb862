# Python subprocess, fork, multiprocessing, signals, pipes, exit statuses.
cat > p.py <<'END'
import subprocess, os, signal, sys, multiprocessing as mp, time
def sq(x): return x * x
if __name__ == "__main__":
    print(subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 3"], capture_output=True, text=True))
    print(subprocess.check_output("tr a-z A-Z", shell=True, input=b"hello").decode())
    p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE); print(p.communicate(b"x" * 200000)[0].count(b"x"), p.returncode)
    p = subprocess.Popen(["sleep", "30"]); p.terminate(); print(p.wait())
    try: subprocess.run(["sleep", "30"], timeout=0.2)
    except subprocess.TimeoutExpired: print("timeout")
    sys.stdout.flush(); pid = os.fork()
    if pid == 0: os._exit(9)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    signal.signal(signal.SIGALRM, lambda s, f: print("alarm", s)); signal.setitimer(signal.ITIMER_REAL, 0.05); signal.pause()
    with mp.get_context("fork").Pool(2) as pool: print(pool.map(sq, range(10)))
    with mp.get_context("spawn").Pool(1) as pool: print(pool.map(sq, range(3)))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]); os.kill(os.getpid(), signal.SIGUSR1); print(signal.sigwait([signal.SIGUSR1]).name)
    sys.exit(5)
END
python3 p.py; echo $?
