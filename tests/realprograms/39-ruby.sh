# Ruby: blocks, hashes, big integers, threads, fibers, regular expressions, processes.
cat > t.rb <<'END'
puts (1..20).select(&:even?).map { |x| x * x }.sum, 2**200, 10.0 / 3, 7.fdiv(2), -7 / 2, -7 % 3, 1e20, 0.1 + 0.2, Rational(1, 3) + 1, Complex(1, 2)**2
h = Hash.new { |a, k| a[k] = k.to_s * 2 }; h[:ab]; p h, %w[b a c].sort, "héllo".upcase, "hello".tr('l', 'L'), "a-b-c".split("-"), "x".ord, [3, 1, 2].minmax, "abc"[1..]
puts "2024-02-29" =~ /(?<y>\d+)-(?<m>\d+)/ ? $~[:m] : "no", format("%05.2f|%-5s|%x|%e", 3.14159, "ab", 255, 12345.678), "foo".gsub(/o/) { |m| m.upcase }
q = Queue.new; t = 4.times.map { |i| Thread.new { 50.times { q << i } } }; t.each(&:join); p q.size; f = Fiber.new { |x| y = Fiber.yield(x + 1); y * 2 }; p f.resume(1), f.resume(10)
def fib(n) = n < 2 ? n : fib(n - 1) + fib(n - 2)
p fib(18); p (1..5).each_with_object([]) { |x, a| a.unshift(x) }; S = Struct.new(:a, :b); p S.new(1, 2); case [1, [2, 3]]; in [a, [b, *c]] then p [a, b, c] end
r, w = IO.pipe; pid = fork { r.close; w.puts "child"; exit! 3 }; w.close; puts r.read; Process.wait(pid); p $?.exitstatus, `echo sub`.chomp, system("exit 2"), $?.exitstatus; trap("USR1") { puts "usr1" }; Process.kill("USR1", Process.pid); sleep 0.1
require "digest"; require "json"; require "set"; require "time"; puts Digest::SHA256.hexdigest("abc"), JSON.generate({ a: [1, nil, "x"] }), Set[3, 1].sort.inspect, Time.at(0).utc.iso8601; srand(42); p rand(1000), [1, 2, 3, 4, 5].shuffle(random: Random.new(1)); GC.start; p (1..50000).reduce(:+), catch(:d) { throw :d, 9 }
begin; raise ArgumentError, "bad"; rescue => e; puts "#{e.class}: #{e.message}"; ensure puts "ensure"; end; $stderr.puts "err"; exit 6
END
ruby --disable-gems t.rb; echo $?; ruby --yjit -e 'p 1' >/dev/null 2>&1; ruby --disable-gems -ne 'print if /5/' <<END
15
16
25
END
