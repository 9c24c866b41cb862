# Python mmap, files, tempfiles, stat, glob, shutil, sqlite3, csv, pickle, tarfile, zipfile.
python3 - <<'END'
import mmap, os, tempfile, glob, shutil, sqlite3, csv, pickle, tarfile, zipfile, io, pathlib, fcntl, lzma, bz2, gzip, array
with open("m", "w+b") as f:
    f.truncate(8192); m = mmap.mmap(f.fileno(), 8192); m[4090:4100] = b"crosspage!"; m.flush(); print(m.find(b"page"), m.size()); m.resize(12288); print(len(m)); m.close()
print(open("m", "rb").read()[4088:4102], os.stat("m").st_size)
a = mmap.mmap(-1, 1 << 16); a.write(b"anon"); print(a[:6], a.tell())
for n in "cab": pathlib.Path(n + ".txt").write_text(n * 3)
print(sorted(glob.glob("*.txt")), os.path.getsize("a.txt")); os.rename("a.txt", "z.txt"); shutil.copytree(".", "../copy-of-work", dirs_exist_ok=True); print(sorted(os.listdir("../copy-of-work"))); shutil.rmtree("../copy-of-work")
db = sqlite3.connect(":memory:"); db.execute("create table t(a, b real)"); db.executemany("insert into t values(?, ?)", [(i, i / 3) for i in range(1000)]); print(db.execute("select count(*), sum(a), round(avg(b), 6) from t where a % 7 = 0").fetchone())
s = io.StringIO(); csv.writer(s).writerows([[1, "a,b"], [2, 'q"q']]); print(repr(s.getvalue())); print(pickle.loads(pickle.dumps({"x": (1, 2.5, {3})})))
with tarfile.open("t.tar", "w") as t: t.add("z.txt")
print(tarfile.open("t.tar").getnames()); z = zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED); z.writestr("n", "x" * 999); z.close(); print(len(zipfile.ZipFile("z.zip").read("n")))
d = bytes(range(256)) * 200; print([len(c.decompress(c.compress(d))) for c in (lzma, bz2, gzip)]); fd = os.open("l", os.O_CREAT | os.O_RDWR); fcntl.flock(fd, fcntl.LOCK_EX); print(os.pwrite(fd, b"abc", 5), os.pread(fd, 9, 0), os.lseek(fd, 0, 2))
r, w = os.pipe2(os.O_NONBLOCK)
try: os.read(r, 1)
except BlockingIOError as e: print(e)
print(array.array("d", [1.5, 2.5]).tobytes().hex()); os.symlink("z.txt", "s"); print(os.readlink("s"), oct(os.stat("z.txt").st_mode)); os.chmod("z.txt", 0o640); print(oct(os.stat("z.txt").st_mode))
END
