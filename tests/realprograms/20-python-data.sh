# Python json, re, struct, decimal, fractions, collections, itertools, datetime.
python3 - <<'END'
import json, re, struct, decimal, fractions, collections, itertools, datetime, textwrap, statistics, heapq, base64, zlib, difflib, string, uuid, ipaddress
print(json.dumps({"b": [1, 2.5, None, True], "a": {"x": "é"}}, sort_keys=True), json.loads('[1e3, "\\u00e9", -0.0]'))
print(re.findall(r"(\w)(\d+)", "a1 b22 c333"), re.sub(r"(?P<x>o+)", lambda m: m["x"].upper(), "foo boo"))
print(struct.pack("<bhiqfd", -1, 2, -3, 4, 1.5, -2.25).hex(), struct.unpack(">HI", b"\1\2\3\4\5\6"))
decimal.getcontext().prec = 60; print(decimal.Decimal(2).sqrt(), decimal.Decimal(1) / 7, decimal.Decimal(2).exp())
print(sum(fractions.Fraction(1, n) for n in range(1, 40)), collections.Counter("mississippi").most_common(2))
print(list(itertools.permutations("abc"))[:3], list(itertools.accumulate(range(6))), datetime.datetime(2024, 2, 29) + datetime.timedelta(days=366))
print(statistics.stdev([1, 2, 4, 8]), heapq.nsmallest(3, [5, 1, 4, 2]), zlib.crc32(b"abc" * 1000), zlib.decompress(zlib.compress(b"x" * 50)).decode())
print(textwrap.fill("lorem ipsum dolor sit amet " * 3, 30)); print("\n".join(difflib.unified_diff(["a", "b"], ["a", "c"], lineterm="")))
print(uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), ipaddress.ip_network("10.0.0.0/29").num_addresses, base64.b85encode(b"hello"))
END
