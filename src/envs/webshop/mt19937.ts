/** Python's `random` module: the Mersenne Twister that fixes the order of goals and the drawn prices. */

const N = 624;
const M = 397;

export class PythonRandom {
  private readonly state = new Uint32Array(N);
  private index = N;

  /** random.seed(seed) for a non-negative whole number. */
  constructor(seed: number) {
    const key: number[] = [];
    for (let rest = seed; rest > 0; rest = Math.floor(rest / 4294967296)) key.push(rest % 4294967296);
    if (key.length === 0) key.push(0);
    this.initByArray(key);
  }

  private initByArray(key: readonly number[]): void {
    const mt = this.state;
    const at = (i: number): number => mt[i] as number;
    const mixed = (i: number): number => at(i - 1) ^ (at(i - 1) >>> 30);
    mt[0] = 19650218;
    for (let i = 1; i < N; i++) mt[i] = Math.imul(1812433253, mixed(i)) + i;
    let i = 1;
    const wrap = (): void => {
      if (++i < N) return;
      mt[0] = at(N - 1);
      i = 1;
    };
    for (let k = 0; k < Math.max(N, key.length); k++) {
      const j = k % key.length;
      mt[i] = (at(i) ^ Math.imul(mixed(i), 1664525)) + (key[j] as number) + j;
      wrap();
    }
    for (let k = 0; k < N - 1; k++) {
      mt[i] = (at(i) ^ Math.imul(mixed(i), 1566083941)) - i;
      wrap();
    }
    mt[0] = 0x80000000;
  }

  private refill(): void {
    const mt = this.state;
    for (let k = 0; k < N; k++) {
      const y = ((mt[k] as number) & 0x80000000) | ((mt[(k + 1) % N] as number) & 0x7fffffff);
      mt[k] = (mt[(k + M) % N] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.index = 0;
  }

  private uint32(): number {
    if (this.index >= N) this.refill();
    let y = this.state[this.index++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** random(): 53 bits in [0, 1). */
  random(): number {
    const a = this.uint32() >>> 5;
    const b = this.uint32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  uniform(a: number, b: number): number {
    return a + (b - a) * this.random();
  }

  /** randrange(n) for 1 <= n < 2^32: as many bits as n has, until they are below n. */
  below(n: number): number {
    const shift = Math.clz32(n);
    for (;;) {
      const drawn = this.uint32() >>> shift;
      if (drawn < n) return drawn;
    }
  }

  shuffle<T>(items: T[] | Uint32Array): void {
    const list = items as T[];
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j] as T, list[i] as T];
    }
  }

  /** sample(population, k): k distinct elements in drawn order. @throws RangeError when k is larger. */
  sample<T>(population: readonly T[], k: number): T[] {
    const n = population.length;
    if (k > n) throw new RangeError(`Cannot draw ${k} of ${n}.`);
    // Python compares the memory of a pool with that of a set of k; the two draw differently.
    const setSize = 21 + (k > 5 ? 4 ** Math.ceil(Math.log(k * 3) / Math.log(4)) : 0);
    const out: T[] = [];
    if (n <= setSize) {
      const pool = population.slice();
      for (let i = 0; i < k; i++) {
        const j = this.below(n - i);
        out.push(pool[j] as T);
        pool[j] = pool[n - i - 1] as T;
      }
      return out;
    }
    const taken = new Set<number>();
    while (out.length < k) {
      const j = this.below(n);
      if (taken.has(j)) continue;
      taken.add(j);
      out.push(population[j] as T);
    }
    return out;
  }

  /** choices(population, k=k), without weights. */
  choices<T>(population: readonly T[], k: number): T[] {
    return Array.from({ length: k }, () => population[Math.floor(this.random() * population.length)] as T);
  }
}
