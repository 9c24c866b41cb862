# Lua: closures, coroutines, metatables, string patterns, integers and floats.
cat > t.lua <<'END'
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end print(fib(22))
print(7 // 2, -7 // 2, 7 % -3, 7 / 2, 2 ^ 0.5, 1 << 62, ~5, 10 // 0.0, math.maxinteger + 1 == math.mininteger, 0.1 + 0.2, 1e15, 2^53)
local co = coroutine.wrap(function(a) for i = 1, 3 do a = coroutine.yield(a * i) end return "done" end) print(co(1), co(2), co(3), co(4))
local V = setmetatable({}, { __call = function(_, x) return setmetatable({ x = x }, { __add = function(a, b) return a.x + b.x end, __tostring = function(s) return "V" .. s.x end }) end })
print(V(1) + V(2), tostring(V(5))) print(string.format("%5.2f|%-5d|%x|%q|%s", 3.14159, 42, 255, "a\nb", nil))
for k, v in string.gmatch("a=1, b=2", "(%w+)=(%w+)") do io.write(k, ":", v, " ") end print(("hello"):gsub("l", { l = "L" }))
local t = {} for i = 1, 2000 do t[i] = (i * 7919) % 2003 end table.sort(t) print(t[1], t[1000], t[2000], #t, table.concat(t, ",", 1, 5))
print(pcall(error, { code = 1 }), select("#", 1, nil, nil), string.pack("<i4d", 7, 1.5):byte(1, 4)) print(pcall(function() local x = nil; return x.y end))
local s = 0 for i = 1, 200000 do s = s + math.sin(i) end print(string.format("%.10f", s)) print(utf8.char(233, 8364), #utf8.char(8364), os.date("!%F", 0))
local g = {} for i = 1, 20000 do g[i] = { i } end g = nil collectgarbage() print(io.popen("echo popen"):read("a")) os.exit(4)
END
lua5.4 t.lua; echo $?; lua5.4 -e 'error("top")' 2>&1 | head -n 1
