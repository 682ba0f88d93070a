import { strToU8, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { Rng } from '../lib/rng.ts';
import { readSafetensors, writeSafetensors } from '../policy/decoder/safetensors.ts';
import { smallPolicy } from '../policy/llama/testing.ts';
import { huggingFaceName } from '../policy/mlc/model-names.ts';
import type { AdapterState } from '../policy/policy.ts';
import { adapterToText, isAdapterFile, peftFiles, peftZip, readAdapter } from './adapter-files.ts';

/** An adapter that changes something, with moments that are not zero. */
async function trained() {
  const policy = await smallPolicy('cpu');
  const state = await policy.exportAdapter();
  const rng = new Rng(2);
  for (const { data } of Object.values(state.tensors)) data.forEach((_, i) => (data[i] = 0.3 * rng.normal()));
  await policy.importAdapter({ ...state, step: 7, weightVersion: 3 });
  return { policy, state: await policy.exportAdapter() };
}
const episode = {
  ids: [1, 50, 60, 70, 80, 90],
  choices: [
    { at: 3, allowed: [70, 71], logprob: -1 },
    { at: 5, allowed: [80, 90, 91], logprob: -1 },
  ],
};
const own = (text: string) => [{ name: 'a.adapter.json', bytes: strToU8(text) }];

describe('our own file', () => {
  test('gives back every number, moments and step too', async () => {
    const { policy, state } = await trained();
    const text = adapterToText(policy.info, state);
    expect(isAdapterFile('x.json', text.slice(0, 200))).toBe(true);
    expect(readAdapter(own(text), policy.info)).toEqual(state);
  });

  test('is refused for another model, when it is damaged, and when it is newer, each time in a sentence', async () => {
    const { policy, state } = await trained();
    const text = adapterToText(policy.info, state);
    expect(() => readAdapter(own(text), { ...policy.info, name: 'other', hash: 'other-hash' })).toThrow(
      /belongs to small with weights test, but other with weights other-ha is open; open that model first/,
    );
    expect(() => readAdapter(own(text.slice(0, -50)), policy.info)).toThrow(/not JSON; it may have been cut off/);
    expect(() => readAdapter(own(text.replace('"rank":2', '"rank":0')), policy.info)).toThrow(/damaged adapter/);
    expect(() => readAdapter(own(text.replace('"version":1', '"version":9')), policy.info)).toThrow(/newer jerp-lab \(version 9/);
  });
});

describe('PEFT', () => {
  test('a zip of the two files, or the files themselves, score in the policy as the adapter did', async () => {
    const { policy, state } = await trained();
    const before = await policy.logprobs([episode]);
    const loose = [...peftFiles(policy.info, state)].map(([name, bytes]) => ({ name: `folder/${name}`, bytes }));
    for (const files of [[{ name: 'run.peft.zip', bytes: peftZip(policy.info, state) }], loose]) {
      const other = await smallPolicy('cpu');
      await other.importAdapter(readAdapter(files, other.info));
      expect(await other.logprobs([episode])).toEqual(before);
      expect(other.weightVersion).toBe(1);
    }
    const base = await (await smallPolicy('cpu')).logprobs([episode]);
    expect(Math.abs((base[0]?.[0] as number) - (before[0]?.[0] as number))).toBeGreaterThan(1e-3);
  });

  test('an adapter on attention alone names those modules only, and one that trains every weight is no LoRA', async () => {
    const { policy } = await trained();
    policy.newAdapter({ rank: 2, alpha: 4, seed: 1, targets: 'attention' });
    const files = peftFiles(policy.info, await policy.exportAdapter());
    const { target_modules: modules } = JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))) as {
      target_modules: string[];
    };
    expect(modules).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj']);
    policy.newAdapter({ rank: 2, alpha: 4, seed: 1, targets: 'full' });
    const whole = await policy.exportAdapter();
    expect(() => peftFiles(policy.info, whole)).toThrow(/Only LoRA adapters can be given to PEFT/);
    expect(readAdapter(own(adapterToText(policy.info, whole)), policy.info)).toEqual(whole);
  });

  test('an adapter made elsewhere, with A of its own for q, k and v and some modules left out, is taken in, trained further and given out again', async () => {
    const { policy } = await trained();
    const at = 'base_model.model.model.layers.1.self_attn';
    const rng = new Rng(3);
    const noise = (n: number) => Float32Array.from({ length: n }, () => rng.normal());
    const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
    for (const [name, rows] of [
      ['q', 32],
      ['v', 16],
    ] as const) {
      tensors.set(`${at}.${name}_proj.lora_A.weight`, { shape: [3, 16], data: noise(48) });
      tensors.set(`${at}.${name}_proj.lora_B.weight`, { shape: [rows, 3], data: noise(3 * rows) });
    }
    const files = [
      { name: 'adapter_config.json', bytes: strToU8('{"peft_type":"LORA","r":3,"lora_alpha":6}') },
      { name: 'adapter_model.safetensors', bytes: writeSafetensors(tensors, {}) },
    ];
    const state = readAdapter(files, policy.info);
    expect([state.rank, state.alpha]).toEqual([6, 12]);
    await policy.importAdapter(state);
    const scores = await policy.logprobs([episode]);
    const again = readAdapter(
      [...peftFiles(policy.info, await policy.exportAdapter())].map(([name, bytes]) => ({ name, bytes })),
      policy.info,
    );
    await policy.importAdapter(again);
    (await policy.logprobs([episode]))[0]?.forEach((x, i) => expect(x).toBeCloseTo(scores[0]?.[i] as number, 6));
    // 2 = alpha / r times the sum over r of B A, in the rows of v.
    const [a, b] = ['A', 'B'].map((which) => tensors.get(`${at}.v_proj.lora_${which}.weight`)?.data as Float32Array) as [
      Float32Array,
      Float32Array,
    ];
    const given = readSafetensors(peftFiles(policy.info, again).get('adapter_model.safetensors') as Uint8Array);
    const [wideA, wideB] = ['A', 'B'].map((which) => given.get(`${at}.v_proj.lora_${which}.weight`)?.data as Float32Array) as [
      Float32Array,
      Float32Array,
    ];
    const product = (left: Float32Array, right: Float32Array, rank: number, n: number, k: number) =>
      Array.from({ length: rank }, (_, r) => (left[n * rank + r] as number) * (right[r * 16 + k] as number)).reduce((x, y) => x + y, 0);
    expect(product(wideB, wideA, 6, 5, 7)).toBeCloseTo(product(b, a, 3, 5, 7), 5);
  });

  test.each<[string, (state: AdapterState) => { name: string; bytes: Uint8Array }[], RegExp]>([
    [
      'nothing of the kind',
      () => [{ name: 'notes.zip', bytes: zipSync({ 'notes.txt': strToU8('x') }) }],
      /notes\.txt holds no adapter; give adapter_config\.json with/,
    ],
    [
      'one of the two',
      () => [{ name: 'adapter_config.json', bytes: strToU8('{}') }],
      /two files, adapter_config\.json and adapter_model\.safetensors; choose both/,
    ],
    ['a broken zip', () => [{ name: 'a.zip', bytes: strToU8('PK') }], /a\.zip is no zip that can be read/],
    [
      'settings that are no JSON',
      () => [
        { name: 'adapter_config.json', bytes: strToU8('r: 8') },
        { name: 'adapter_model.safetensors', bytes: new Uint8Array(9) },
      ],
      /adapter_config\.json is not a JSON object/,
    ],
    [
      'no rank',
      () => [
        { name: 'adapter_config.json', bytes: strToU8('{"peft_type":"LORA","lora_alpha":4}') },
        { name: 'adapter_model.safetensors', bytes: new Uint8Array(9) },
      ],
      /r is undefined, lora_alpha is 4/,
    ],
    [
      'another width',
      () => [
        { name: 'adapter_config.json', bytes: strToU8('{"peft_type":"LORA","r":2,"lora_alpha":4}') },
        {
          name: 'adapter_model.safetensors',
          bytes: writeSafetensors(
            new Map([
              ['base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight', { shape: [2, 896], data: new Float32Array(1792) }],
            ]),
            {},
          ),
        },
      ],
      /q_proj\.lora_A\.weight has shape \[2,896\], but this model needs \[2,16\]/,
    ],
  ])('%s is refused with a sentence', async (_name, files, why) => {
    const { policy, state } = await trained();
    expect(() => readAdapter(files(state), policy.info)).toThrow(why);
  });

  test('names the model as Hugging Face does', async () => {
    expect(huggingFaceName('SmolLM2-135M-Instruct-q0f32-MLC')).toBe('HuggingFaceTB/SmolLM2-135M-Instruct');
    expect(huggingFaceName('Qwen2.5-0.5B-Instruct-q0f16-MLC')).toBe('Qwen/Qwen2.5-0.5B-Instruct');
    expect(huggingFaceName('Qwen3-0.6B-q0f32-MLC')).toBe('Qwen/Qwen3-0.6B');
    expect(huggingFaceName('TinyLlama-1.1B-Chat-v1.0-q0f16-MLC-1k')).toBe('TinyLlama/TinyLlama-1.1B-Chat-v1.0');
    expect(huggingFaceName('tiny')).toBe('tiny');
    const { policy, state } = await trained();
    expect(() => peftFiles({ ...policy.info, decoder: undefined as never }, state)).toThrow(/does not say what shape/);
  });
});
