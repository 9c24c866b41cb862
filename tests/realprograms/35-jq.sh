# jq filters.
jq -n '[range(10)] | map(. * .) | add, length, (map(select(. % 2 == 0)))' -c
echo '{"a":[{"n":"x","v":1.5},{"n":"y","v":2}],"b":null,"u":"\u00e9"}' > f; jq . f; jq -r '.a[] | "\(.n)=\(.v)"' f; jq -c 'keys, (.a | map(.v) | add), .b, has("c"), (.u | length), [paths]' f; jq -S -c 'to_entries | group_by(.value | type) | map(length)' f
jq -n '"2024-02-29T00:00:00Z" | fromdate, (1e9 | todate)'; jq -n '"foo bar" | test("o+"), sub("o"; "0"), split(" "), ascii_upcase, @base64, @uri, @json' -c; jq -n '1 / 3, 1e1000, -0, 10000000000000000000000, (2 | pow(.; 0.5)), (1 | sin | . * 1000 | floor)' -c
jq -n 'def f(n): if n < 2 then n else f(n - 1) + f(n - 2) end; f(16)'; jq -n 'reduce range(20000) as $i (0; . + $i)'; jq -n '[limit(5; repeat(1))]' -c; echo '{"x":' | jq .; echo $?; jq -n '{} | error("boom")'; echo $?; jq -e -n 'false'; echo $?; seq 5 | jq -s -c 'sort_by(-.)'; jq --arg v 7 -n '$v | tonumber + 1'; jq -n 'input' f -c; jq -n '$__loc__, ([1,[2,[3]]] | flatten)' -c
