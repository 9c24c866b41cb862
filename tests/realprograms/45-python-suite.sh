# Modules of Python's own test suite that lean on numbers, bytes and the kernel.
for m in test_struct test_json test_zlib test_mmap test_array test_poll test_cmath test_int test_complex; do
  python3 -m unittest -q test.$m > log 2>&1; s=$?; tail -n 1 log | sed "s/^/$m: $s: /"; grep -E '^(FAIL|ERROR):' log | sort; done
