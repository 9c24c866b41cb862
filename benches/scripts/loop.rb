# Hashes, arrays of objects, blocks, strings and big integers.
Point = Struct.new(:x, :y)
counts = Hash.new(0)
sum = 0
600_000.times do |i|
  counts["k#{i % 5000}"] += i
  sum = (sum * 31 + i) & 0xffff_ffff
end
points = Array.new(150_000) { |i| Point.new(i * 7919 % 100_003, i) }
points.sort_by! { |p| [p.x, p.y] }
area = points.each_cons(2).sum { |a, b| (b.x - a.x) * (a.y ^ b.y) % 1009 }
text = points.map { |p| p.x.to_s(16) }.join(",")
primes = (2..60_000).select { |n| (2..Math.sqrt(n)).none? { |d| (n % d).zero? } }
factorial = (1..800).reduce(:*)
puts sum, counts.values.sum, area, text.gsub(/a[0-9]+/, "z").size, primes.size, factorial.to_s.size
