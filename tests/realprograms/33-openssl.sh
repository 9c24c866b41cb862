# openssl: digests, ciphers, MACs, key derivation, deterministic signatures. The key is for this test only.
cat > key.pem <<'END'
-----BEGIN RSA PRIVATE KEY-----
MIIEpAIBAAKCAQEAw8L1B1nwPMvpJ+avYz2Snt+AV9tuUZRogyHWYxSmxVRm5vZL
SH9CHePwFcYNjkfb9oyp+EbSKpxIXWYYYQPMT01Gd5w+Rm9WIKo2FG737U8KzwNV
Eb6Bkg26qV96lpt9JV8QwBBHUFZzTIyRJPvd1H7rowST3QJ7ysw3ectmjRq92AQM
a6kMab2mLJgG3h64h+BNNlubI+xXbE1PhfoWQs0MP082es0zJOgnBczHLtk/7QTq
3GfxupANiy/cgFJAcOFlh3NUvm/HMGaK5d4PWFeyi8ihqn8ICW2tuCWJgdjjzPgi
Nfsv6ySzJN956AAdmXSjaq3eg72gEx+rE+sblQIDAQABAoIBACnVj6H4yyFe7S5Q
+sGhPqRTfHyqALcP2U7OrB9D4kjQuuXYE+oEAgfbtmqcxrhVbHERieAsGE0xVTia
cRLIakC3MZwtiFRqhhQYc9KljTeKOPPY0TTnyo5A/1cjN5IYW+Pg3zZANFE7jEu7
TWhDJ9p5nhcaCxRDq9tAjYlqWXnFMPVwU3Gzew+vJ0cgyR0IHOISKnQgNjHejVRH
rLDkpZ/Db1vFcbvvphsE9/afxqDANUh8vwuzZw1aNQCkF7NpUroNZUBtmOTKCZ9r
BnBjTJM0z9xKPTDqUhMPTXsHAaBplj38AsBrOp/nnqdcw//OuSMnju13eTZHO4lS
UJaVdQkCgYEA/yA3szh1er6EniQTS7reR18qwcESxLwh8zWO/O4i3yjZTyHOKwm+
Evi8fquYEj2E/rFpGO12D6bkq4KiJ0DpeNm7hwEMjgSaIL6GJIgsEpudiXgRYzkB
15zZccSqyofcV0rGoeleoHpFKYNUM7KFVWlo2cWdHLZAmuq82C92wh0CgYEAxG6r
H8pJZyPa0XmRR5PYaf2Hbmq2NTGMUmwlIx37qbh5dJu+/dzVWG6KKzWC4q0IfQKi
B5ngQMsQz3eXYDbgkCTOjgFaN6Z0poOhu8Cxm9A/Gx+yHfap/Ht82aeyEGyMyNYu
GysOdtghbWGiK8pAc1k9CwqhEee6ioFwVDZuBdkCgYEAi2UvCd1vUwGFtGJBqL8R
dC2rTvIPLy8b3acF2WzD4OqQ0YvG+fz4vaTqWMuo605xvDdzFQup1iN6DbvynT/6
UO2maL1J/s7E598xrAQ7EG+2Q8Y2ueAMAaLRrDeomcBhw9A3d3/rFAO6hlQbTaPc
9i4B+/rdPTLXWc2oIPbODIECgYEArm3nn28uB1ybbvAYxgrPXi84GCDCdDHvfTFz
ON/jHi8mCxpSW3PCL6jZIM1/0HH+26N+5mkJ7f9kihaUYWfZuaY1lXw19LznUQYK
lILkNIyTvS5EKL9k60Ns9oonYNZDngQzJQTy7y21YUAVlfUfjk5sGmXx6chwqZWP
ffhncuECgYBkwfLklw6mGRaNEEgX3MSDPOArcGaWtu97kv+/2OvpUlRH3xo5Qthe
hqVZNLHY5VDmqQXCqLcYElXLD0cZLKRl9wf2WXcocj2ECyIZvt1BWdXof90e6jax
Jp/I5lwp7NT6TWYhnatb5Hj9CZ/Fv95y0B20AZ9G/B9zpDxc/PP3NQ==
-----END RSA PRIVATE KEY-----
END
seq 50000 > f
for d in md5 sha1 sha256 sha512 sha3-256 blake2b512 sm3 ripemd160; do openssl dgst -$d f; done
openssl dgst -sha256 -hmac key f
K=000102030405060708090a0b0c0d0e0f; V=0f0e0d0c0b0a09080706050403020100
for c in aes-128-cbc aes-128-ctr aes-128-ecb aes-128-cfb aes-128-ofb camellia-128-cbc sm4-cbc; do openssl enc -$c -K $K -iv $V -in f 2>/dev/null > e; sha256sum < e; openssl enc -d -$c -K $K -iv $V -in e 2>/dev/null | cmp - f && echo "$c ok"; done
openssl enc -chacha20 -K $K$K -iv $V -in f | sha256sum; openssl enc -aes-256-cbc -pbkdf2 -iter 1000 -S 0102030405060708 -pass pass:pw -in f | sha256sum
openssl dgst -sha256 -sign key.pem -out sig f; sha256sum sig; openssl rsa -in key.pem -pubout -out pub.pem 2>/dev/null; openssl dgst -sha256 -verify pub.pem -signature sig f; echo x >> f; openssl dgst -sha256 -verify pub.pem -signature sig f 2>/dev/null; echo $?
openssl rsa -in key.pem -noout -check; openssl rsa -in key.pem -noout -modulus | sha256sum; openssl asn1parse -in pub.pem | head -n 4; openssl prime 1000003 1000001; openssl kdf -keylen 16 -kdfopt digest:SHA256 -kdfopt key:secret -kdfopt salt:salt HKDF
echo secret > m; openssl pkeyutl -encrypt -pubin -inkey pub.pem -in m -out c && openssl pkeyutl -decrypt -inkey key.pem -in c; openssl genpkey -algorithm ed25519 -out ed.pem && openssl pkeyutl -sign -inkey ed.pem -rawin -in m -out es && openssl pkeyutl -verify -inkey ed.pem -rawin -in m -sigfile es
openssl req -x509 -key key.pem -subj /CN=test -days 1 -set_serial 1 -out crt.pem && openssl x509 -in crt.pem -noout -subject -serial; openssl rand -hex 8 | wc -c; openssl ecparam -name prime256v1 -genkey -noout -out ec.pem && openssl dgst -sha256 -sign ec.pem -out ecs f && openssl dgst -sha256 -prverify ec.pem -signature ecs f
