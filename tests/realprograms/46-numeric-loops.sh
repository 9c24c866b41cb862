# Longer loops: matrix product, n-body, spectral norm, mandelbrot in several languages.
python3 -c '
def mandel(w, h):
    c = 0
    for y in range(h):
        for x in range(w):
            z = 0; k = complex(3 * x / w - 2, 2 * y / h - 1)
            for i in range(30):
                z = z * z + k
                if abs(z) > 2: break
            else: c += 1
    return c
print(mandel(60, 40))
n = 40; a = [[(i * j) % 7 / 3 for j in range(n)] for i in range(n)]; print(sum(sum(x * y for x, y in zip(r, c)) for r in a for c in zip(*a)))'
perl -e 'my ($x, $v) = (1, 0); for (1..100000) { my $a = -$x; $v += $a * 0.001; $x += $v * 0.001 } printf "%.12f %.12f\n", $x, $v'
lua5.4 -e 'local function A(i, j) return 1 / ((i + j) * (i + j + 1) / 2 + i + 1) end local n, u = 40, {} for i = 1, n do u[i] = 1 end for _ = 1, 3 do local v = {} for i = 1, n do local s = 0 for j = 1, n do s = s + A(i - 1, j - 1) * u[j] end v[i] = s end u = v end print(string.format("%.12f", u[1] / u[2]))'
gawk 'BEGIN { n = 3000; for (i = 2; i <= n; i++) p[i] = 1; for (i = 2; i * i <= n; i++) if (p[i]) for (j = i * i; j <= n; j += i) p[j] = 0; for (i = 2; i <= n; i++) c += p[i]; print c }'
bc -l <<'END'
scale = 100
define f(n) {
  if (n < 2) return (1)
  return (n * f(n - 1))
}
f(60)
e(1) * 4 * a(1)
END
