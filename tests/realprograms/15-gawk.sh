# gawk: fields, arrays, functions, floats, string functions, pipes.
printf 'alice 30 1.5\nbob 25 2.25\ncarol 35 3.125\n' > f
gawk '{ s += $2; t += $3 } END { printf "%d %.3f %g\n", s, t, s / NR }' f
gawk '{ print $1 | "sort -r" } END { close("sort -r"); print "end" }' f
gawk 'function f(n) { return n < 2 ? n : f(n-1) + f(n-2) } BEGIN { print f(17) }'
gawk 'BEGIN { print sin(1), cos(1), atan2(1, 2), exp(1), log(10), sqrt(2), int(-3.7), 2 ^ 53 + 1, 1e308 * 10, -log(0) }'
gawk 'BEGIN { n = split("a:b:c", x, ":"); print n, x[3]; print substr("hello", 2, 3), index("hello", "l"), toupper("x"), length("four") }'
gawk 'BEGIN { s = "foo bar foo"; print gsub(/foo/, "<&>", s), s; print match("xaaay", /a+/), RSTART, RLENGTH; print gensub(/(a)(b)/, "\\2\\1", "g", "abab") }'
gawk 'BEGIN { PROCINFO["sorted_in"] = "@ind_num_asc"; for (i = 0; i < 5; i++) a[i * i] = i; for (k in a) print k, a[k] }'
gawk 'BEGIN { for (i = 0; i < 50000; i++) h[i % 977] += i; for (k in h) s += h[k] * k; printf "%d\n", s }'
gawk 'BEGIN { printf "%c %5.2f|%-5s|%05d|%x|%e\n", 65, 3.14159, "ab", 42, 255, 12345.678; print strftime("%F %T", 0, 1); print and(12, 10), xor(12, 10), lshift(1, 40) }'
gawk 'BEGIN { "echo sub" | getline x; print x; print system("exit 3"); while ((getline l < "f") > 0) n++; print n }'
mawk 'BEGIN { for (i = 0; i < 100000; i++) s += i % 3 * 0.5; print s }' ; seq 30000 | mawk '{ a[$1 % 10]++ } END { for (i = 0; i < 10; i++) print i, a[i] }'
