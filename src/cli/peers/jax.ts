/** The same training step written for @jax-js/jax: Llama-style decoder, mean cross-entropy of all tokens, AdamW; all jitted. */
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { Array as Jax } from '@jax-js/jax';
import type { LlamaConfig } from '../../policy/llama/config.ts';
import { embeddingName, finalNormName, layerName } from '../../policy/llama/config.ts';
import { flatLayout } from '../../policy/llama/flat.ts';
import type { Peer, PeerBatch } from './peer.ts';

type Tree = Record<string, Jax>;

/** Arrays are counted by hand: `.ref` wherever an array is used again. */
function loss(config: LlamaConfig, batch: number, time: number, w: Tree, ids: Jax, targets: Jax, cos: Jax, sin: Jax): Jax {
  const { heads, kvHeads, headWidth, ffn, rmsEps, layers } = config;
  const get = (name: string): Jax => (w[name] as Jax).ref;
  const norm = (x: Jax, name: string) => {
    const scale = np.sqrt(np.mean(np.square(x.ref), 1, { keepdims: true }).add(rmsEps));
    return x.div(scale).mul(get(name));
  };
  const linear = (x: Jax, name: string) => np.matmul(x, np.transpose(get(name)));
  /** [B T, heads K] -> [B, heads, T, K], turned by position. */
  const split = (x: Jax, count: number) => np.transpose(x.reshape([batch, time, count, headWidth]), [0, 2, 1, 3]);
  const turn = (x: Jax) => {
    const [a, b] = np.split(x, 2, 3) as [Jax, Jax];
    return np.concatenate([a.ref.mul(cos.ref).sub(b.ref.mul(sin.ref)), b.mul(cos.ref).add(a.mul(sin.ref))], 3);
  };
  const mask = np.tri(time, time).sub(1).mul(1e9);
  let x = np.take(get(embeddingName), ids, 0);
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => layerName(layer, part);
    const qkv = linear(norm(x.ref, name('input_layernorm')), name('self_attn.qkv_proj'));
    const cut = [heads * headWidth, (heads + kvHeads) * headWidth];
    const [q, k, v] = np.split(qkv, cut, 1) as [Jax, Jax, Jax];
    // Query heads of a group lie behind one another, so that one product serves them: [B, KV, group T, K].
    const group = heads / kvHeads;
    const queries = turn(split(q, heads)).reshape([batch, kvHeads, group * time, headWidth]);
    const keys = turn(split(k, kvHeads));
    const scores = np.matmul(queries, np.transpose(keys, [0, 1, 3, 2])).mul(1 / Math.sqrt(headWidth));
    const p = nn.softmax(scores.reshape([batch, heads, time, time]).add(mask.ref), 3).reshape([batch, kvHeads, group * time, time]);
    const attended = np.matmul(p, split(v, kvHeads)).reshape([batch, heads, time, headWidth]);
    const out = np.transpose(attended, [0, 2, 1, 3]).reshape([batch * time, heads * headWidth]);
    x = x.add(linear(out, name('self_attn.o_proj')));
    const hidden = linear(norm(x.ref, name('post_attention_layernorm')), name('mlp.gate_up_proj'));
    const [gate, up] = np.split(hidden, [ffn], 1) as [Jax, Jax];
    x = x.add(linear(nn.silu(gate).mul(up), name('mlp.down_proj')));
  }
  const logits = linear(norm(x, finalNormName), embeddingName);
  const logprobs = nn.logSoftmax(logits, 1).mul(nn.oneHot(targets, config.vocabulary));
  for (const array of [mask, cos, sin, ...Object.values(w)]) array.dispose();
  return np.sum(logprobs).mul(-1 / (batch * time));
}

export async function jaxPeer(
  device: 'wasm' | 'webgpu',
  config: LlamaConfig,
  flat: Float32Array,
  { ids, targets, batch, time }: PeerBatch,
): Promise<Peer> {
  if (!(await init(device)).includes(device)) throw new Error(`jax-js cannot use ${device} here.`);
  defaultDevice(device);
  const make = (value: (offset: number, size: number) => Float32Array): Tree =>
    Object.fromEntries(
      flatLayout(config).map(({ name, shape, offset, size }) => [name, np.array(new Float32Array(value(offset, size))).reshape(shape)]),
    );
  let state = {
    w: make((offset, size) => flat.slice(offset, offset + size)),
    m: make((_, size) => new Float32Array(size)),
    v: make((_, size) => new Float32Array(size)),
  };
  const half = config.headWidth / 2;
  const angles = (f: (angle: number) => number) =>
    np
      .array(Float32Array.from({ length: time * half }, (_, i) => f(Math.floor(i / half) * config.ropeTheta ** (-(i % half) / half))))
      .reshape([time, half]);
  const [cos, sin] = [angles(Math.cos), angles(Math.sin)];
  const [tokens, wanted] = [np.array(new Int32Array(ids), { dtype: np.int32 }), np.array(new Int32Array(targets), { dtype: np.int32 })];
  const step = jit((s: typeof state, correction: Jax, tokens: Jax, wanted: Jax, cos: Jax, sin: Jax) => {
    const [value, g] = valueAndGrad((w: Tree) => loss(config, batch, time, w, tokens.ref, wanted.ref, cos.ref, sin.ref))(tree.ref(s.w)) as [
      Jax,
      Tree,
    ];
    const [one, two] = np.split(correction, 2) as [Jax, Jax];
    const next: typeof state = { w: {}, m: {}, v: {} };
    for (const name of Object.keys(s.w)) {
      const gradient = g[name] as Jax;
      const m = (s.m[name] as Jax).mul(0.9).add(gradient.ref.mul(0.1));
      const v = (s.v[name] as Jax).mul(0.999).add(np.square(gradient).mul(0.001));
      const change = m.ref.mul(one.ref).div(np.sqrt(v.ref.mul(two.ref)).add(1e-8));
      next.w[name] = (s.w[name] as Jax).mul(1 - 1e-3 * 0.01).sub(change.mul(1e-3));
      next.m[name] = m;
      next.v[name] = v;
    }
    for (const array of [one, two, tokens, wanted, cos, sin]) array.dispose();
    return { value, next };
  });
  let count = 0;
  return {
    step: async () => {
      count++;
      const correction = np.array([1 / (1 - 0.9 ** count), 1 / (1 - 0.999 ** count)]);
      const result = step(state, correction, tokens.ref, wanted.ref, cos.ref, sin.ref);
      state = result.next;
      await blockUntilReady(tree.ref(state));
      return (await result.value.data())[0] as number;
    },
    close: () => {
      tree.dispose(state);
      for (const array of [tokens, wanted, cos, sin]) array.dispose();
      step.dispose();
    },
  };
}
