/** An independent forward pass in plain loops and double precision, written from the architectures' definitions: tests compare with it. */
import { allWeights } from '../mlc/architecture.ts';
import type { DecoderConfig } from '../mlc/architecture.ts';

/** Weights by the names of `mlc/architecture.ts`, matrices [out, in] row by row. */
export type PlainWeights = ReadonlyMap<string, Float32Array>;

type Vector = number[];

function times(w: Float32Array, x: Vector, rows: number): Vector {
  const columns = x.length;
  const y: Vector = [];
  for (let n = 0; n < rows; n++) {
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += (w[n * columns + k] as number) * (x[k] as number);
    y.push(sum);
  }
  return y;
}

function normed(x: Vector, w: Float32Array, eps: number): Vector {
  const square = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, i) => (value / Math.sqrt(square + eps)) * (w[i] as number));
}

/** Turns the pairs (i, i + K/2) of one head by position times frequency. */
function turned(head: Vector, position: number, { headWidth, ropeTheta, ropeScaling: s }: DecoderConfig): Vector {
  const half = headWidth / 2;
  const out = [...head];
  for (let i = 0; i < half; i++) {
    let frequency = 1 / Math.pow(ropeTheta, (2 * i) / headWidth);
    if (s) {
      const wavelength = (2 * Math.PI) / frequency;
      if (wavelength > s.originalContext / s.lowFrequency) frequency /= s.factor;
      else if (wavelength > s.originalContext / s.highFrequency) {
        const mix = (s.originalContext / wavelength - s.lowFrequency) / (s.highFrequency - s.lowFrequency);
        frequency = mix * frequency + ((1 - mix) * frequency) / s.factor;
      }
    }
    const [a, b] = [head[i] as number, head[i + half] as number];
    const [cos, sin] = [Math.cos(position * frequency), Math.sin(position * frequency)];
    out[i] = a * cos - b * sin;
    out[i + half] = b * cos + a * sin;
  }
  return out;
}

/** Logits [T][V] after each token of one sequence; [1][V] after the last one when only that is wanted. */
export function referenceLogits(config: DecoderConfig, weights: PlainWeights, ids: readonly number[], last = false): number[][] {
  const { family, width, heads, kvHeads, headWidth: K, ffn, rmsEps, vocabulary } = config;
  const get = (name: string): Float32Array => {
    const found = weights.get(name);
    if (!found) throw new Error(`The reference needs the weight ${name}; known: ${allWeights(config).length}.`);
    return found;
  };
  const table = get('model.embed_tokens');
  let xs: Vector[] = ids.map((id) => [...table.subarray(id * width, (id + 1) * width)]);
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `model.layers.${layer}`;
    const fused = `${at}.self_attn.${family === 'llama' ? 'qkv_proj' : 'c_attn'}`;
    const queries: Vector[][] = [];
    const keys: Vector[][] = [];
    const values: Vector[][] = [];
    xs.forEach((x, t) => {
      const h = normed(x, get(`${at}.input_layernorm.weight`), rmsEps);
      const qkv = times(get(fused), h, (heads + 2 * kvHeads) * K);
      if (family === 'qwen2') get(`${fused}.bias`).forEach((b, i) => (qkv[i] = (qkv[i] as number) + b));
      const head = (i: number, norm: string | null): Vector => {
        let part = qkv.slice(i * K, (i + 1) * K);
        if (norm && family === 'qwen3') part = normed(part, get(`${at}.self_attn.${norm}.weight`), rmsEps);
        return norm ? turned(part, t, config) : part;
      };
      queries.push(Array.from({ length: heads }, (_, i) => head(i, 'q_norm')));
      keys.push(Array.from({ length: kvHeads }, (_, i) => head(heads + i, 'k_norm')));
      values.push(Array.from({ length: kvHeads }, (_, i) => head(heads + kvHeads + i, null)));
    });
    xs = xs.map((x, t) => {
      const attended: Vector = [];
      for (let h = 0; h < heads; h++) {
        const shared = Math.floor(h / (heads / kvHeads));
        const q = queries[t]?.[h] as Vector;
        const scores = keys
          .slice(0, t + 1)
          .map((k) => (k[shared] as Vector).reduce((sum, value, i) => sum + value * (q[i] as number), 0) / Math.sqrt(K));
        const top = Math.max(...scores);
        const p = scores.map((score) => Math.exp(score - top));
        const total = p.reduce((a, b) => a + b, 0);
        for (let i = 0; i < K; i++)
          attended.push(p.reduce((sum, weight, u) => sum + (weight / total) * (values[u]?.[shared]?.[i] as number), 0));
      }
      const out = times(get(`${at}.self_attn.o_proj`), attended, width);
      const middle = x.map((value, i) => value + (out[i] as number));
      const h = normed(middle, get(`${at}.post_attention_layernorm.weight`), rmsEps);
      const gateUp = times(get(`${at}.mlp.gate_up_proj`), h, 2 * ffn);
      const hidden = Array.from({ length: ffn }, (_, i) => {
        const gate = gateUp[i] as number;
        return (gate / (1 + Math.exp(-gate))) * (gateUp[ffn + i] as number);
      });
      const down = times(get(`${at}.mlp.down_proj`), hidden, width);
      return middle.map((value, i) => value + (down[i] as number));
    });
  }
  const head = config.tied ? table : get('lm_head');
  return (last ? xs.slice(-1) : xs).map((x) => times(head, normed(x, get('model.norm.weight'), rmsEps), vocabulary));
}
