/*
 * sha256: SHA-256 (FIPS 180-4) of something larger than memory, piece by piece. The browser's own takes only what is there as a whole.
 *
 *   const hash = new Sha256();
 *   hash.add(bytes);            Uint8Array, as often as wanted
 *   hash.hex()                  64 digits; nothing can be added after it
 */
const BLOCK = 64;
const ROUNDS = new Int32Array(64);
const START = new Int32Array(8);

/* The constants are the first 32 bits of the fractions of the roots of the first primes: cube roots for rounds, square roots for the start. */
for (let n = 2, found = 0; found < ROUNDS.length; n++) {
    let prime = true;
    for (let i = 2; i * i <= n && prime; i++)
        prime = n % i !== 0;
    if (!prime)
        continue;
    if (found < START.length)
        START[found] = (Math.sqrt(n) % 1) * 2 ** 32 | 0;
    ROUNDS[found++] = (Math.cbrt(n) % 1) * 2 ** 32 | 0;
}

const turn = (x, n) => x >>> n | x << 32 - n;

export class Sha256 {
    #state = Int32Array.from(START);
    #words = new Int32Array(64);
    #rest = new Uint8Array(BLOCK);
    #held = 0;
    #length = 0;

    add(bytes) {
        let at = 0;
        this.#length += bytes.length;
        if (this.#held) {
            at = Math.min(BLOCK - this.#held, bytes.length);
            this.#rest.set(bytes.subarray(0, at), this.#held);
            this.#held += at;
            if (this.#held < BLOCK)
                return;
            this.#block(this.#rest, 0);
        }
        for (; at + BLOCK <= bytes.length; at += BLOCK)
            this.#block(bytes, at);
        this.#rest.set(bytes.subarray(at));
        this.#held = bytes.length - at;
    }

    hex() {
        const end = new Uint8Array((this.#held < 56 ? 56 : 120) - this.#held + 8);
        const view = new DataView(end.buffer);
        end[0] = 0x80;
        view.setUint32(end.length - 8, Math.floor(this.#length / 2 ** 29));
        view.setUint32(end.length - 4, this.#length * 8 % 2 ** 32);
        this.add(end);
        return [...this.#state].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('');
    }

    #block(bytes, at) {
        const w = this.#words;
        for (let i = 0; i < 16; i++, at += 4)
            w[i] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
        for (let i = 16; i < 64; i++)
            w[i] = w[i - 16] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >>> 3) + w[i - 7] + (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >>> 10) | 0;
        const state = this.#state;
        let [a, b, c, d, e, f, g, h] = state;
        for (let i = 0; i < 64; i++) {
            const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + ROUNDS[i] + w[i] | 0;
            const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
            h = g;
            g = f;
            f = e;
            e = d + one | 0;
            d = c;
            c = b;
            b = a;
            a = one + two | 0;
        }
        [a, b, c, d, e, f, g, h].forEach((value, i) => {
            state[i] += value;
        });
    }
}
