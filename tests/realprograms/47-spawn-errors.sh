# oracle: native
# posix_spawn of a program that is not there fails in the parent: the child, which shares
# its memory, tells it so. (qemu-riscv64 gives the child a copy, and the parent sees success.)
python3 - <<'END'
import os, subprocess
for spawn in (lambda: subprocess.run(["/no/such"]), lambda: os.posix_spawn("/no/such", ["such"], {}), lambda: os.posix_spawnp("no-such", ["such"], {})):
    try: print("started", spawn())
    except OSError as e: print(type(e).__name__, e.errno, e.filename)
print(os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", "exit 6"], {}), 0)[1]))
END
gawk 'BEGIN { print system("/no/such 2>/dev/null") }'; lua5.4 -e 'print(os.execute("exit 4"))'
make -f - <<'END' 2>/dev/null
x: ; @/no/such
END
echo $?
