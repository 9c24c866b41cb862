// Objects as tables, typed and plain arrays, closures, strings and regular expressions.
const counts = {};
let sum = 0;
for (let i = 0; i < 1500000; i++) {
  const key = 'k' + (i % 5000);
  counts[key] = (counts[key] || 0) + i;
  sum = (sum * 31 + i) | 0;
}
const values = Array.from({ length: 400000 }, (_, i) => (i * 7919) % 1000003);
values.sort((x, y) => x - y);
let mixed = 0;
for (let round = 0; round < 60; round++) for (const v of values) mixed = (mixed + v * round) % 1000003;
const sieve = new Uint8Array(4000000);
let primes = 0;
for (let i = 2; i < sieve.length; i++) {
  if (sieve[i]) continue;
  primes++;
  for (let k = 2 * i; k < sieve.length; k += i) sieve[k] = 1;
}
const text = values.map((v) => v.toString(16)).join(',');
console.log(sum, mixed, primes, text.replace(/a[0-9]+/g, 'z').length, JSON.stringify(counts).length);
