# Python float formatting, math, complex numbers, big integers, rounding.
python3 - <<'END'
import math, cmath, sys, struct
for x in (0.1, 1/3, 1e22, 1e-7, 123456789.123, 5e-324, 1.7976931348623157e308, float("inf"), float("nan"), -0.0, 2**53 + 1.0):
    print(repr(x), "%.3f" % x if abs(x) < 1e30 else "-", "%g" % x, f"{x:.17e}", x.hex())
print([round(x, 2) for x in (2.675, 1.005, -0.125)], [round(x) for x in (0.5, 1.5, 2.5, -0.5)], 7 // -2, -7 % 3, divmod(-7.5, 2), 1e16 + 1)
print(math.sin(1e6), math.exp(1.5), math.log(7), math.pow(2.5, 3.5), math.gamma(5.5), math.erf(0.3), math.hypot(3, 4), math.fsum([0.1] * 10), math.fma(0.1, 10, -1))
print(math.sqrt(2), math.cbrt(27), math.atan2(1, -1), math.tanh(0.5), math.nextafter(1, 2), math.ulp(1), math.frexp(10), math.isqrt(10**40), math.comb(50, 25))
print(cmath.sqrt(-2), cmath.exp(1j * math.pi), (1 + 2j) ** 3, abs(3 + 4j)); print(int(1e18), int(-2.9), float("1e400"), int("123" * 20), 3 ** 200, hash(0.5), hash(2**61))
print(struct.unpack("<f", struct.pack("<f", 0.1))[0], struct.pack("<e", 1.5).hex(), float.fromhex("0x1.8p+1"), (0.1).as_integer_ratio(), sys.float_info.max)
for op in ("1.0 / 0", "math.sqrt(-1)", "math.exp(1000)", "int(float('nan'))"):
    try: print(eval(op))
    except Exception as e: print(op, type(e).__name__, e)
print(sum(math.sin(i) * math.cos(i / 3) for i in range(20000)))
END
