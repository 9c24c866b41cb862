# Python hashlib, hmac, random with a seed, secrets-free crypto.
python3 - <<'END'
import hashlib, hmac, random, zlib, binascii
d = bytes(range(256)) * 4000
for n in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"): print(n, hashlib.new(n, d).hexdigest()[:48])
print(hmac.new(b"key", d, "sha256").hexdigest(), hashlib.pbkdf2_hmac("sha256", b"pw", b"salt", 2000).hex(), hashlib.scrypt(b"pw", salt=b"s", n=256, r=8, p=1, dklen=16).hex())
print(hashlib.shake_128(b"x").hexdigest(20), zlib.crc32(d), zlib.adler32(d), binascii.crc_hqx(b"abc", 0))
r = random.Random(12345); print(r.random(), r.randint(1, 10**12), r.gauss(0, 1), r.sample(range(100), 6), r.getrandbits(100)); x = list(range(12)); r.shuffle(x); print(x)
END
