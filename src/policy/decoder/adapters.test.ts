import { beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../backend.ts';
import { dequantise, quantise } from '../mlc/groups.ts';
import { decode, encode } from '../mlc/tensors.ts';
import type { NamedTensor } from '../mlc/tensors.ts';
import type { AdapterState } from '../policy.ts';
import { DecoderAdapter } from './adapter.ts';
import { readMatrix } from './packed.ts';
import { adapterConfigFile, adapterWeightsFile, fromPeft, partsOf, toPeft } from './peft.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { makeDecoder, randomEpisode, smallDecoder } from './testing.ts';
import { cutBatches, DecoderTrainer } from './trainer.ts';
import { DecoderWeights } from './weights.ts';

beforeAll(async () => {
  await openBackend('wasm');
});

function noisy(state: AdapterState, size: number): AdapterState {
  const rng = new Rng(4);
  for (const [name, { data }] of Object.entries(state.tensors))
    if (!/\.[mv]$/.test(name)) data.forEach((_, i) => (data[i] = size * rng.normal()));
  return state;
}

async function adapted(weights: DecoderWeights, size = 0.1): Promise<DecoderAdapter> {
  const fresh = DecoderAdapter.fresh(weights, { rank: 2, alpha: 4, seed: 1 });
  const state = noisy(fresh.export(0), size);
  fresh.dispose();
  return DecoderAdapter.from(weights, state);
}

describe('what is served is what was trained', () => {
  test.each([
    ['llama', 'q0f32', 1e-5],
    ['qwen2', 'q4f32_1', 1e-6],
    ['qwen3', 'q4f16_1', 1e-6],
    ['qwen3', 'q0f16', 5e-3],
  ] as const)('%s %s: a model with the merged tensors scores as the adapter does', async (family, quantisation, tolerance) => {
    const { config, weights } = await makeDecoder(smallDecoder(family, quantisation), 5);
    const adapter = await adapted(weights);
    const merged = new Map<string, NamedTensor>();
    for await (const tensor of adapter.served(true)) merged.set(tensor.name, tensor);
    const other = await makeDecoder(config, 5);
    for (const tensor of merged.values()) {
      // Through the bytes of the served model's own type, read back from them.
      const { record, bytes } = encode(tensor, quantisation, { exact: true });
      expect(bytes.length).toBe((quantisation.includes('f16') ? 2 : 4) * tensor.values.length);
      other.weights.put({ ...tensor, values: decode(bytes, { ...record, byteOffset: 0 }) });
    }
    const episodes = [randomEpisode(config, 1, 20), randomEpisode(config, 2, 15, true)];
    const [batch] = cutBatches(episodes, [0, 1], 100);
    if (!batch) throw new Error('no batch');
    const a = await new DecoderTrainer(weights).score(episodes, batch, adapter);
    const b = await new DecoderTrainer(other.weights).score(episodes, batch, null);
    const base = await new DecoderTrainer(weights).score(episodes, batch, null);
    const furthest = (x: Float32Array, y: Float32Array) => Math.max(...x.map((value, i) => Math.abs(value - (y[i] as number))));
    expect(furthest(a.logprobs_N, b.logprobs_N)).toBeLessThan(tolerance);
    expect(furthest(a.logprobs_N, base.logprobs_N)).toBeGreaterThan(1e-2);
  });
});

test('the dead zone of 4 bits: a change of LoRA size is lost in quantising again, one of the scales is kept', () => {
  const [rows, columns] = [64, 128];
  const rng = new Rng(2);
  const grid = quantise(
    Float32Array.from({ length: rows * columns }, () => 0.02 * rng.normal()),
    rows,
    columns,
    'float16',
  );
  const w0 = dequantise(grid, rows, columns);
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
  // Rank 8, one percent of the matrix.
  const [a, b] = [
    Float32Array.from({ length: 8 * columns }, () => rng.normal()),
    Float32Array.from({ length: rows * 8 }, () => rng.normal()),
  ];
  const raw = Float32Array.from(w0, (_, i) => {
    let sum = 0;
    for (let r = 0; r < 8; r++) sum += (b[Math.floor(i / columns) * 8 + r] as number) * (a[r * columns + (i % columns)] as number);
    return sum;
  });
  const delta = raw.map((value) => (value * 0.01 * norm(w0)) / norm(raw));
  const survives = (achieved: Float32Array, wanted: Float32Array) =>
    achieved.reduce((sum, value, i) => sum + (value - (w0[i] as number)) * (wanted[i] as number), 0) / norm(wanted) ** 2;
  const again = quantise(
    w0.map((value, i) => value + (delta[i] as number)),
    rows,
    columns,
    'float16',
  );
  expect(survives(dequantise(again, rows, columns), delta)).toBeLessThan(0.2);
  const fixed = quantise(
    w0.map((value, i) => value + (delta[i] as number)),
    rows,
    columns,
    'bfloat16',
  );
  expect(fixed.words.filter((word, i) => word !== grid.words[i]).length / grid.words.length).toBeLessThan(0.05);
  // The same relative size as scales: all of it arrives, up to the rounding of a stored scale.
  const scales = grid.scales.map((s, i) => s * (1 + 0.01 * Math.sin(i)));
  const wanted = dequantise({ ...grid, scales }, rows, columns).map((value, i) => value - (w0[i] as number));
  const stored = encode({ name: 's', shape: [rows, columns / 32], values: scales }, 'q4f16_1').bytes;
  expect(stored.length).toBe(2 * scales.length);
  const kept = quantise(dequantise({ ...grid, scales }, rows, columns), rows, columns, 'float16');
  expect(kept.words).toEqual(grid.words);
  expect(survives(dequantise(kept, rows, columns), wanted)).toBeGreaterThan(0.95);
});

describe('PEFT', () => {
  const config = smallDecoder('qwen2', 'q0f32');

  test('has two files, Hugging Face names, and shapes [r, in] and [out, r]', async () => {
    const { weights } = await makeDecoder(config, 5);
    const files = toPeft(config, (await adapted(weights)).export(3), 'Qwen/Qwen2.5-0.5B-Instruct');
    expect([...files.keys()]).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    const settings = JSON.parse(new TextDecoder().decode(files.get(adapterConfigFile))) as Record<string, unknown>;
    expect(settings).toMatchObject({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      r: 2,
      lora_alpha: 4,
      bias: 'none',
      base_model_name_or_path: 'Qwen/Qwen2.5-0.5B-Instruct',
    });
    const bytes = files.get(adapterWeightsFile) as Uint8Array;
    const head = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(head % 8).toBe(0);
    const tensors = readSafetensors(bytes);
    expect(tensors.size).toBe(config.layers * 7 * 2);
    expect(tensors.get('base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight')?.shape).toEqual([2, 64]);
    expect(tensors.get('base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight')?.shape).toEqual([32, 2]);
    expect(tensors.get('base_model.model.model.layers.1.mlp.down_proj.lora_A.weight')?.shape).toEqual([2, 72]);
  });

  test('what is given comes back, and means the same change of every part', async () => {
    const { weights } = await makeDecoder(config, 5);
    const state = (await adapted(weights)).export(0);
    const files = toPeft(config, state, 'base');
    const back = fromPeft(config, files, 'Qwen/Qwen2.5-0.5B');
    for (const [name, { data, shape }] of Object.entries(state.tensors)) {
      if (/\.[mv]$/.test(name)) continue;
      expect(back.tensors[name]).toEqual({ shape, data });
    }
    // B A of the k projection is the middle block of B^T A^T of the joined matrix.
    const [attention] = partsOf(config, 0);
    const tensors = readSafetensors(files.get(adapterWeightsFile) as Uint8Array);
    const part = (attention as { parts: { name: string }[] }).parts[1]?.name;
    const [a, b] = ['A', 'B'].map((which) => tensors.get(`base_model.model.${part}.lora_${which}.weight`)?.data as Float32Array) as [
      Float32Array,
      Float32Array,
    ];
    const joined = {
      a: state.tensors[`${attention?.matrix}.lora_a`]?.data as Float32Array,
      b: state.tensors[`${attention?.matrix}.lora_b`]?.data as Float32Array,
    };
    const [n, k, all] = [5, 9, 128];
    const expected =
      (joined.a[k * 2] as number) * (joined.b[64 + n] as number) + (joined.a[k * 2 + 1] as number) * (joined.b[all + 64 + n] as number);
    expect((b[n * 2] as number) * (a[k] as number) + (b[n * 2 + 1] as number) * (a[64 + k] as number)).toBeCloseTo(expected, 6);
  });

  test.each<[string, object, (module: string) => { rank: number; strength: number } | null]>([
    ['one rank for all', { r: 3, lora_alpha: 6 }, () => ({ rank: 3, strength: 2 })],
    ['rsLoRA', { r: 4, lora_alpha: 6, use_rslora: true }, () => ({ rank: 4, strength: 3 })],
    ['some modules left out', { r: 3, lora_alpha: 6 }, (module) => (/[qv]_proj$/.test(module) ? { rank: 3, strength: 2 } : null)],
    [
      'ranks and strengths of their own',
      {
        r: 2,
        lora_alpha: 6,
        rank_pattern: { down_proj: 3, 'layers.1.self_attn.k_proj': 4 },
        alpha_pattern: { down_proj: 1.5, 'layers.1.self_attn.k_proj': 2, proj: 9 },
      },
      (module) =>
        module.endsWith('down_proj')
          ? { rank: 3, strength: 0.5 }
          : module.endsWith('1.self_attn.k_proj')
            ? { rank: 4, strength: 0.5 }
            : { rank: 2, strength: 3 },
    ],
  ])("an adapter made elsewhere adds (alpha / r) B A to every one of the model's matrices (%s)", async (_name, settings, of) => {
    const { weights } = await makeDecoder(config, 5);
    const rng = new Rng(8);
    const noise = (n: number) => Float32Array.from({ length: n }, () => rng.normal());
    const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
    const modules = [0, 1].flatMap((layer) => partsOf(config, layer));
    for (const { columns, parts } of modules) {
      for (const { name, rows } of parts) {
        const rank = of(name)?.rank;
        if (rank === undefined) continue;
        tensors.set(`base_model.model.${name}.lora_A.weight`, { shape: [rank, columns], data: noise(rank * columns) });
        tensors.set(`base_model.model.${name}.lora_B.weight`, { shape: [rows, rank], data: noise(rows * rank) });
      }
    }
    const state = fromPeft(
      config,
      new Map([
        [adapterConfigFile, new TextEncoder().encode(JSON.stringify({ peft_type: 'LORA', ...settings }))],
        [adapterWeightsFile, writeSafetensors(tensors, {})],
      ]),
      'small',
    );
    const merged = new Map<string, Float32Array>();
    for await (const { name, values } of DecoderAdapter.from(weights, state).served(true)) merged.set(name, values as Float32Array);
    for (const { matrix, columns, parts } of modules) {
      const base = await readMatrix(weights.matrix(matrix));
      const now = merged.get(`${matrix}.weight`) as Float32Array;
      let from = 0;
      for (const { name, rows } of parts) {
        const { rank, strength } = of(name) ?? { rank: 0, strength: 0 };
        const [a, b] = ['A', 'B'].map((which) => tensors.get(`base_model.model.${name}.lora_${which}.weight`)?.data) as Float32Array[];
        let worst = 0;
        for (let n = 0; n < rows; n++) {
          for (let k = 0; k < columns; k++) {
            let sum = 0;
            for (let r = 0; r < rank; r++) sum += (b?.[n * rank + r] as number) * (a?.[r * columns + k] as number);
            const at = (from + n) * columns + k;
            worst = Math.max(worst, Math.abs((now[at] as number) - (base[at] as number) - strength * sum));
          }
        }
        expect(worst, name).toBeLessThan(1e-4);
        from += rows;
      }
    }
  });

  const foreign = (settings: object, tensor = 'model.layers.0.mlp.down_proj.lora_A') =>
    new Map([
      [adapterConfigFile, new TextEncoder().encode(JSON.stringify({ peft_type: 'LORA', r: 2, lora_alpha: 4, ...settings }))],
      [
        adapterWeightsFile,
        writeSafetensors(new Map([[`base_model.model.${tensor}.weight`, { shape: [2, 72], data: new Float32Array(144) }]]), {}),
      ],
    ]);
  test.each([
    [foreign({ use_dora: true }), /another kind than plain LoRA \(use_dora is set\)/],
    [foreign({ alora_invocation_tokens: [5] }), /another kind than plain LoRA \(alora_invocation_tokens is set\)/],
    [foreign({ init_lora_weights: 'pissa_niter_4' }), /begun with pissa_niter_4, which changes the model's own weights/],
    [foreign({ alpha_pattern: { '.*down': 3 } }), /alpha_pattern in adapter_config\.json has "\.\*down"/],
    [foreign({ alpha_pattern: { q_proj: 'a' } }), /alpha_pattern in adapter_config\.json gives q_proj the strength "a"/],
    [foreign({ lora_alpha: 0 }), /names no usable rank and strength: r is 2, lora_alpha is 0/],
    [
      foreign({ base_model_name_or_path: 'Qwen/Qwen2.5-Coder-0.5B' }),
      /made for Qwen\/Qwen2\.5-Coder-0\.5B, and this model is Qwen\/Qwen2\.5-0\.5B/,
    ],
    [foreign({ base_model_name_or_path: 'unsloth/qwen2.5-0.5B' }), /lora_B\.weight is missing/],
    [foreign({ base_model_name_or_path: './models/mine' }), /lora_B\.weight is missing/],
    [foreign({}), /down_proj\.lora_B\.weight is missing, but this model needs \[64,2\]/],
    [foreign({}, 'lm_head'), /base_model\.model\.lm_head\.weight has no place here: only LoRA pairs/],
  ])('an adapter that would mean something else here is refused with a sentence (%#)', (files, why) => {
    expect(() => fromPeft(config, files, 'Qwen/Qwen2.5-0.5B')).toThrow(why);
  });

  test.each([
    [new Map([[adapterWeightsFile, new Uint8Array(9)]]), /two files/],
    [
      new Map([
        [adapterConfigFile, new TextEncoder().encode('{"peft_type":"IA3"}')],
        [adapterWeightsFile, new Uint8Array(9)],
      ]),
      /kind IA3; only plain LoRA/,
    ],
    [
      new Map([
        [adapterConfigFile, new TextEncoder().encode('{"peft_type":"LORA","r":2,"lora_alpha":4}')],
        [adapterWeightsFile, new Uint8Array(4)],
      ]),
      /only 4 bytes/,
    ],
  ])('a file that is none is refused with a sentence (%#)', (files, why) => {
    expect(() => fromPeft(config, files, 'Qwen/Qwen2.5-0.5B')).toThrow(why);
  });

  test('a rank that only the configuration names takes no memory', async () => {
    const { weights } = await makeDecoder(config, 5);
    const files = toPeft(config, (await adapted(weights)).export(0), 'base');
    const settings = JSON.parse(new TextDecoder().decode(files.get(adapterConfigFile))) as object;
    files.set(adapterConfigFile, new TextEncoder().encode(JSON.stringify({ ...settings, r: 1e9 })));
    expect(fromPeft(config, files, 'base').rank).toBe(2);
    files.set(adapterWeightsFile, writeSafetensors(new Map(), {}));
    expect(() => fromPeft(config, files, 'base')).toThrow(/holds no LoRA pair/);
  });

  test.each([
    ['null', /its header is no object/],
    ['{"a":null}', /the tensor a is not described/],
    ['{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}', /stored as F64; known are F32, F16, BF16/],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}', /the tensor a has no usable shape and place/],
    ['{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}', /the tensor a has no usable shape and place/],
    ['{"a":{"dtype":"F32","shape":[1]}}', /the tensor a has no usable shape and place/],
    ['{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', /the tensor a does not fit its shape/],
    ['{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', /the tensor a holds numbers that are not finite/],
  ])('a safetensors file with the header %s is refused with a sentence', (header, why) => {
    const bytes = new Uint8Array(8 + header.length + 8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    new DataView(bytes.buffer).setFloat32(8 + header.length + 4, NaN, true);
    expect(() => readSafetensors(bytes)).toThrow(why);
  });

  test('an adapter of 4-bit scales is not given out as LoRA', async () => {
    const { weights } = await makeDecoder(smallDecoder('qwen2', 'q4f16_1'), 5);
    expect(() => toPeft(weights.config, DecoderAdapter.fresh(weights, { rank: 2, alpha: 4, seed: 1 }).export(0), 'base')).toThrow(
      /Only LoRA adapters/,
    );
  });
});
