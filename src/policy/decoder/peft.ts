/**
 * LoRA adapters in PEFT's layout, under the names that Hugging Face models have, so that peft, TRL and verl load them.
 *
 * The matrices here join q, k, v and gate, up. On the way out a joined pair is cut by rows of B, with A given to each part; on
 * the way in parts are joined: with one A when all have the same, else side by side, and B becomes block-diagonal.
 */
import { UserError } from '../../lib/errors.ts';
import { layerNames } from '../mlc/architecture.ts';
import type { DecoderShape } from '../mlc/architecture.ts';
import type { AdapterState } from '../policy.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import type { PlainTensor } from './safetensors.ts';

export const adapterConfigFile = 'adapter_config.json';
export const adapterWeightsFile = 'adapter_model.safetensors';

/** The Hugging Face matrices inside one of ours, with their numbers of rows. */
export function partsOf(
  shape: DecoderShape,
  layer: number,
): { matrix: string; columns: number; parts: { name: string; rows: number }[] }[] {
  const { width, heads, kvHeads, headWidth, ffn } = shape;
  const names = layerNames(shape, layer);
  const at = `model.layers.${layer}`;
  const [q, kv] = [heads * headWidth, kvHeads * headWidth];
  return [
    {
      matrix: names.qkv,
      columns: width,
      parts: [
        { name: `${at}.self_attn.q_proj`, rows: q },
        { name: `${at}.self_attn.k_proj`, rows: kv },
        { name: `${at}.self_attn.v_proj`, rows: kv },
      ],
    },
    { matrix: names.out, columns: q, parts: [{ name: `${at}.self_attn.o_proj`, rows: width }] },
    {
      matrix: names.gateUp,
      columns: width,
      parts: [
        { name: `${at}.mlp.gate_proj`, rows: ffn },
        { name: `${at}.mlp.up_proj`, rows: ffn },
      ],
    },
    { matrix: names.down, columns: ffn, parts: [{ name: `${at}.mlp.down_proj`, rows: width }] },
  ];
}

const key = (part: string, which: 'A' | 'B'): string => `base_model.model.${part}.lora_${which}.weight`;

const transposed = (data: Float32Array, rows: number, columns: number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);

/** The two files of a PEFT adapter. @throws UserError for an adapter that is not LoRA */
export function toPeft(shape: DecoderShape, state: AdapterState, baseModel: string): Map<string, Uint8Array> {
  const tensors = new Map<string, PlainTensor>();
  const modules = new Set<string>();
  for (let layer = 0; layer < shape.layers; layer++) {
    for (const { matrix, parts } of partsOf(shape, layer)) {
      // The embedded policy names its matrices with `.weight`.
      const of = (which: string) => state.tensors[`${matrix}.${which}`] ?? state.tensors[`${matrix}.weight.${which}`];
      const [a, b] = [of('lora_a'), of('lora_b')];
      // Adapters may leave out attention or the feed-forward layer.
      if (!a || !b) continue;
      const [columns, rank] = a.shape as [number, number];
      const all = b.shape[1] as number;
      if (rank !== state.rank)
        throw new UserError(`The pair of ${matrix} has rank ${rank}, but one file can hold only one rank (${state.rank}).`);
      let from = 0;
      for (const { name, rows } of parts) {
        tensors.set(key(name, 'A'), { shape: [rank, columns], data: transposed(a.data, columns, rank) });
        const data = Float32Array.from({ length: rows * rank }, (_, i) => b.data[(i % rank) * all + from + Math.floor(i / rank)] as number);
        tensors.set(key(name, 'B'), { shape: [rows, rank], data });
        modules.add(name.slice(name.lastIndexOf('.') + 1));
        from += rows;
      }
    }
  }
  if (tensors.size === 0)
    throw new UserError(
      'Only LoRA adapters can be given to PEFT; 4-bit models, and training in full, have adapters of their own kinds, which only jerp-lab reads.',
    );
  const adapter = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: state.rank,
    lora_alpha: state.alpha,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: false,
    use_rslora: false,
    use_dora: false,
    init_lora_weights: true,
    inference_mode: true,
    modules_to_save: null,
    target_modules: [...modules],
  };
  return new Map([
    [adapterConfigFile, new TextEncoder().encode(`${JSON.stringify(adapter, null, 2)}\n`)],
    [adapterWeightsFile, writeSafetensors(tensors, { format: 'pt' })],
  ]);
}

interface PeftSettings {
  peft_type?: string;
  r: number;
  lora_alpha: number;
  use_rslora?: boolean;
  fan_in_fan_out?: boolean;
  init_lora_weights?: boolean | string;
  alpha_pattern?: Record<string, number> | null;
  [setting: string]: unknown;
}

/** Settings with which the pairs are not simply added to the weights. */
const otherKinds = ['use_dora', 'use_qalora', 'use_bdlora', 'alora_invocation_tokens', 'kasa_config', 'monteclora_config', 'arrow_config'];

function readSettings(json: Uint8Array): PeftSettings {
  const settings = ((): PeftSettings => {
    try {
      const value: unknown = JSON.parse(new TextDecoder().decode(json));
      if (typeof value === 'object' && value !== null) return value as PeftSettings;
    } catch {
      // Told below, like any other content that is no object.
    }
    throw new UserError(`${adapterConfigFile} is not a JSON object; choose the file that PEFT wrote beside ${adapterWeightsFile}.`);
  })();
  if (settings.peft_type !== 'LORA')
    throw new UserError(`The adapter is of the kind ${String(settings.peft_type)}; only plain LoRA can be read.`);
  const other = otherKinds.find((name) => settings[name]);
  if (other) throw new UserError(`The adapter is of another kind than plain LoRA (${other} is set), which cannot be read.`);
  if (settings.fan_in_fan_out)
    throw new UserError('The adapter stores its matrices transposed (fan_in_fan_out), as no llama or qwen adapter does.');
  const { init_lora_weights: begun } = settings;
  // Their pairs belong to a base model from which the first pair was taken away.
  if (typeof begun === 'string' && /^(pissa|corda|olora|loftq|lora_ga)/i.test(begun))
    throw new UserError(
      `The adapter was begun with ${begun}, which changes the model's own weights; save it as plain LoRA (path_initial_model_for_weight_conversion in PEFT).`,
    );
  const pattern = Object.keys(settings.alpha_pattern ?? {}).find((name) => !/^[\w.]+$/.test(name));
  const wrong = Object.entries(settings.alpha_pattern ?? {}).find(([, own]) => !(Number.isFinite(own) && own > 0));
  if (wrong)
    throw new UserError(
      `alpha_pattern in ${adapterConfigFile} gives ${wrong[0]} the strength ${JSON.stringify(wrong[1])}; it must be a positive number.`,
    );
  if (pattern !== undefined)
    throw new UserError(`alpha_pattern in ${adapterConfigFile} has ${JSON.stringify(pattern)}; only plain names of modules can be read.`);
  const { r: rank, lora_alpha: alpha } = settings;
  if (!Number.isSafeInteger(rank) || !(rank > 0) || !(Number.isFinite(alpha) && alpha > 0))
    throw new UserError(`${adapterConfigFile} names no usable rank and strength: r is ${String(rank)}, lora_alpha is ${String(alpha)}.`);
  return settings;
}

/** Shapes alone do not tell a model from its relatives. Paths on someone's disk say nothing, and copies of a model have other owners. */
function checkBase(made: unknown, here: string): void {
  const nameOf = (name: string) => (/^[\w.-]+\/[\w.-]+$/.test(name) ? name.slice(name.indexOf('/') + 1).toLowerCase() : null);
  const [there, own] = [typeof made === 'string' ? nameOf(made) : null, nameOf(here)];
  if (there !== null && own !== null && there !== own)
    throw new UserError(
      `The adapter was made for ${String(made)}, and this model is ${here}; open that model. If both have the same weights, change base_model_name_or_path in ${adapterConfigFile}.`,
    );
}

/** alpha of a module: PEFT lets some have their own, by the end of their name. */
function alphaOf(settings: PeftSettings, module: string): number {
  const own = Object.entries(settings.alpha_pattern ?? {}).find(([name]) => module === name || module.endsWith(`.${name}`));
  return own ? own[1] : settings.lora_alpha;
}

interface Pair {
  rows: number;
  rank: number;
  /** [R, K] */
  a: Float32Array;
  /** [N, R], already times what its strength differs from the others'. */
  b: Float32Array;
}

const same = (a: Float32Array, b: Float32Array): boolean => a.length === b.length && a.every((value, i) => value === b[i]);

/**
 * A PEFT adapter as this project trains it; matrices that it leaves out stay unchanged.
 * @param baseModel the model's name on Hugging Face
 * @throws UserError naming what does not fit
 */
export function fromPeft(shape: DecoderShape, files: ReadonlyMap<string, Uint8Array>, baseModel: string): AdapterState {
  const [json, weights] = [files.get(adapterConfigFile), files.get(adapterWeightsFile)];
  if (!json || !weights) throw new UserError(`A PEFT adapter has two files, ${adapterConfigFile} and ${adapterWeightsFile}; choose both.`);
  const settings = readSettings(json);
  checkBase(settings.base_model_name_or_path, baseModel);
  // rsLoRA divides by the root of the rank.
  const strength = (alpha: number, rank: number) => alpha / (settings.use_rslora ? Math.sqrt(rank) : rank);
  const usual = strength(settings.lora_alpha, settings.r);
  const tensors = readSafetensors(weights);
  const used = new Set<string>();
  const pairOf = (name: string, rows: number, columns: number): Pair => {
    const [a, b] = (['A', 'B'] as const).map((which) => tensors.get(key(name, which)));
    // rank_pattern gives some modules a rank of their own, which their shapes tell.
    const rank = a ? (a.shape[0] as number) : b ? settings.r : 0;
    for (const [which, found, size] of [
      ['A', a, [rank, columns]],
      ['B', b, [rows, rank]],
    ] as const) {
      used.add(key(name, which));
      if (rank > 0 && found?.shape.join() !== size.join())
        throw new UserError(
          `The adapter's ${key(name, which)} ${found ? `has shape [${found.shape}]` : 'is missing'}, but this model needs [${size}].`,
        );
    }
    const ratio = rank > 0 ? strength(alphaOf(settings, name), rank) / usual : 1;
    return { rows, rank, a: a?.data ?? new Float32Array(0), b: (b?.data ?? new Float32Array(0)).map((x) => x * ratio) };
  };
  const out: AdapterState['tensors'] = {};
  for (let layer = 0; layer < shape.layers; layer++) {
    for (const { matrix, columns, parts } of partsOf(shape, layer)) {
      const { a, b, rank, rows } = joined(
        parts.map(({ name, rows }) => pairOf(name, rows, columns)),
        columns,
      );
      for (const [name, shape, data] of [
        [`${matrix}.lora_a`, [columns, rank], a],
        [`${matrix}.lora_b`, [rank, rows], b],
      ] as const) {
        out[name] = { shape: [...shape], data };
        // The optimiser begins anew.
        for (const moment of ['.m', '.v']) out[name + moment] = { shape: [...shape], data: new Float32Array(data.length) };
      }
    }
  }
  const extra = [...tensors.keys()].find((name) => !used.has(name));
  if (extra !== undefined)
    throw new UserError(
      `The adapter's ${extra} has no place here: only LoRA pairs on the linear layers of this model can be read, no biases, embeddings or modules_to_save.`,
    );
  if (used.size === 0 || tensors.size === 0) throw new UserError(`${adapterWeightsFile} holds no LoRA pair.`);
  // An import is a change of the weights.
  return evenRank({ rank: 1, alpha: usual, step: 0, weightVersion: 1, tensors: out });
}

/** Pairs of matrices that lie on top of each other as one pair: A [K, R], B [R, N]. */
function joined(pairs: readonly Pair[], columns: number): { a: Float32Array; b: Float32Array; rank: number; rows: number } {
  const first = pairs[0] as Pair;
  const shared = pairs.every(({ a }) => same(a, first.a));
  const rank = shared ? first.rank : pairs.reduce((sum, pair) => sum + pair.rank, 0);
  const rows = pairs.reduce((sum, pair) => sum + pair.rows, 0);
  const a = new Float32Array(columns * rank);
  const b = new Float32Array(rank * rows);
  let [from, shift] = [0, 0];
  for (const pair of pairs) {
    for (let r = 0; r < pair.rank; r++) {
      for (let k = 0; k < columns; k++) a[k * rank + shift + r] = pair.a[r * columns + k] as number;
      for (let n = 0; n < pair.rows; n++) b[(shift + r) * rows + from + n] = pair.b[n * pair.rank + r] as number;
    }
    from += pair.rows;
    if (!shared) shift += pair.rank;
  }
  return { a, b, rank, rows };
}

/** Pairs joined from parts have a higher rank: all others get zeros up to it, and alpha grows alike, so that nothing else changes. */
function evenRank(state: AdapterState): AdapterState {
  const isA = (name: string) => /\.lora_a(\.[mv])?$/.test(name);
  const rankOf = (name: string, [rows, columns]: number[]) => (isA(name) ? columns : rows) as number;
  const rank = Object.entries(state.tensors).reduce((most, [name, { shape }]) => Math.max(most, rankOf(name, shape)), state.rank);
  const tensors: AdapterState['tensors'] = {};
  for (const [name, { shape, data }] of Object.entries(state.tensors)) {
    const [rows, columns] = shape as [number, number];
    const first = isA(name);
    const wide = first ? rank : columns;
    const out = new Float32Array((first ? rows : rank) * wide);
    for (let i = 0; i < rows; i++) out.set(data.subarray(i * columns, (i + 1) * columns), i * wide);
    tensors[name] = { shape: first ? [rows, rank] : [rank, columns], data: out };
  }
  return { ...state, rank, alpha: (state.alpha * rank) / state.rank, tensors };
}
