/** A splittable, seeded random generator: the same path of names gives the same numbers on every machine. */

/** 32-bit FNV-1a of a string, continued from `hash`. */
function fnv1a(text: string, hash: number): number {
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Scrambles 32 bits so that neighbouring inputs give unrelated outputs (a murmur3 finaliser). */
function scramble(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * sfc32 with a 64-bit key. `split` derives an independent stream from a name without advancing this one,
 * so that `rng.split('iteration', 7)` needs no stored state: a resumed run draws what an uninterrupted one would.
 */
export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(
    private readonly keyLow: number,
    private readonly keyHigh = 0x9e3779b9,
  ) {
    this.a = scramble(keyLow);
    this.b = scramble(keyHigh);
    this.c = scramble(keyLow ^ keyHigh ^ 0x5bd1e995);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** Everything that decides what comes next, for a copy that goes on in another thread. */
  save(): number[] {
    return [this.keyLow, this.keyHigh, this.a, this.b, this.c, this.counter];
  }

  static from([keyLow, keyHigh, ...rest]: readonly number[]): Rng {
    const rng = new Rng(keyLow as number, keyHigh);
    rng.moveTo(rest);
    return rng;
  }

  /** Goes on where a copy of this generator has arrived. */
  follow(saved: readonly number[]): void {
    this.moveTo(saved.slice(2));
  }

  private moveTo(place: readonly number[]): void {
    [this.a, this.b, this.c, this.counter] = place as [number, number, number, number];
  }

  /** An independent generator named by `path`; does not advance this one. */
  split(...path: (string | number)[]): Rng {
    const name = JSON.stringify(path);
    return new Rng(scramble(fnv1a(name, this.keyLow ^ 0x811c9dc5)), scramble(fnv1a(name, this.keyHigh)));
  }

  /** Uniform in 0 .. 2^32 - 1. */
  uint32(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    this.c |= 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** Uniform integer in 0 .. n - 1. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One element; throws on an empty list. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('rng.pick was given an empty list.');
    return items[this.below(items.length)] as T;
  }

  /** Index drawn in proportion to non-negative weights; throws when they sum to zero. */
  weighted(weights: readonly number[]): number {
    const total = weights.reduce((sum, w) => sum + w, 0);
    if (!(total > 0)) throw new Error('rng.weighted was given no positive weight.');
    let left = this.uniform() * total;
    for (let i = 0; i < weights.length; i++) {
      left -= weights[i] as number;
      if (left < 0) return i;
    }
    return weights.findLastIndex((w) => w > 0);
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    const u = 1 - this.uniform();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const out = items.slice();
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}
