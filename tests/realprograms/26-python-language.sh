# Python generators, async, classes, exceptions, closures, pattern matching, recursion.
python3 - <<'END'
import asyncio, functools, sys, dataclasses, enum, contextlib, traceback, gc, weakref
async def w(n, out): await asyncio.sleep(0.01 * n); out.append(n); return n * 2
async def main():
    out = []; print(await asyncio.gather(*(w(n, out) for n in (3, 1, 2))), out)
    p = await asyncio.create_subprocess_exec("echo", "async child", stdout=-1); print((await p.communicate())[0])
    async def echo(r, wr): wr.write((await r.readline()).upper()); await wr.drain(); wr.close()
    s = await asyncio.start_unix_server(echo, "sock"); r, wr = await asyncio.open_unix_connection("sock"); wr.write(b"over a socket\n"); print(await r.readline()); wr.close(); s.close()
asyncio.run(main())
@functools.lru_cache(None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(300))
@dataclasses.dataclass(order=True)
class P: x: int; y: int = 2
print(sorted([P(3), P(1, 5), P(1)]))
def kind(v):
    match v:
        case [a, *rest]: return f"list {a} {rest}"
        case {"k": k}: return f"map {k}"
        case P(x=x): return f"P {x}"
        case _: return "other"
print([kind(v) for v in ([1, 2, 3], {"k": 5}, P(9), None)])
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
print(deep(800))
try: deep(10**6)
except RecursionError as e: print("RecursionError")
def sieve(n):
    s = bytearray([1]) * (n + 1)
    for i in range(2, int(n ** .5) + 1):
        if s[i]: s[i*i::i] = bytes(len(range(i*i, n + 1, i)))
    return sum(s) - 2
print(sieve(200000)); o = P(1); print(gc.isenabled()); x = {i: str(i) for i in range(30000)}; print(sum(len(v) for v in x.values()))
raise ValueError("ends here")
END
echo $?
