# needs: ruby
ruby -e 'puts (1..20).inject(:*), RUBY_PLATFORM[/\w+/], 4.times.map { |n| Thread.new { n * n } }.sum(&:value), `uname -m`'
ruby -e 'def f(n) n < 2 ? n : f(n - 1) + f(n - 2) end; puts f(20)'
