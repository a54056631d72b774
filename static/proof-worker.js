// Finds the number of a proof of work: SHA-256 (FIPS 180-4) of salt and number, until it is the challenge.
// crypto.subtle would be a promise for each of many thousand hashes, and is missing on plain http.
"use strict";

const primes = [];
for (let candidate = 2; primes.length < 64; candidate += 1) {
  if (primes.every((prime) => candidate % prime)) primes.push(candidate);
}
const fraction = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
const FIRST = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const words = new Int32Array(64);
const state = new Int32Array(8);

const mix = (block) => {
  for (let at = 0; at < 16; at += 1) words[at] = block.getInt32(at * 4);
  for (let at = 16; at < 64; at += 1) {
    const x = words[at - 15];
    const y = words[at - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[at] = (words[at - 16] + s0 + words[at - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[at] + words[at]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
};

const solve = ({ challenge, maxnumber, salt }) => {
  const wanted = new Int32Array(8).map((_word, at) => parseInt(challenge.slice(at * 8, at * 8 + 8), 16));
  const start = new TextEncoder().encode(salt);
  for (let number = 0; number <= maxnumber; number += 1) {
    const digits = String(number);
    const length = start.length + digits.length;
    const bytes = new Uint8Array(Math.ceil((length + 9) / 64) * 64);
    bytes.set(start);
    for (let at = 0; at < digits.length; at += 1) bytes[start.length + at] = digits.charCodeAt(at);
    bytes[length] = 0x80;
    new DataView(bytes.buffer).setUint32(bytes.length - 4, length * 8);
    state.set(FIRST);
    for (let at = 0; at < bytes.length; at += 64) mix(new DataView(bytes.buffer, at, 64));
    if (state.every((word, at) => word === wanted[at])) return number;
  }
  return null;
};

self.onmessage = (event) => self.postMessage(solve(event.data));
