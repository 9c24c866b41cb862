-- Tables, integers, closures, string building and patterns.
local t = {}
for i = 1, 2000000 do t[i] = (i * 7919) % 1000003 end

local function mixer(modulus)
  local s = 0
  return function(v)
    if v % modulus == 0 then s = s + v else s = s ~ v end
    return s
  end
end

local last = 0
for round = 3, 12 do
  local mix = mixer(round)
  for i = 1, #t do last = mix(t[i]) end
end

local parts = {}
for i = 1, 200000 do parts[i] = string.format("%d:%x", i, t[i]) end
local n = 0
for a, b in table.concat(parts, ","):gmatch("(%d+):(%x+)") do n = n + #a * #b end
print(last, n)
