/** What training changes, as plain arrays with their optimiser state: low-rank adapters on some matrices, or all weights. */
import { UserError } from '../../lib/errors.ts';
import { Rng } from '../../lib/rng.ts';
import type { Moments } from '../adamw.ts';
import type { AdapterShape, AdapterState, Targets } from '../policy.ts';
import type { MlcModel } from '../mlc/write.ts';
import { layerName, linearNames, sizeOf, weightShapes } from './config.ts';
import type { LlamaConfig } from './config.ts';
import { flatLayout } from './flat.ts';

/** The matrices of a block that carry an adapter. */
const adaptedParts: Record<Exclude<Targets, 'full'>, readonly string[]> = {
  linear: linearNames,
  attention: linearNames.slice(0, 2),
  mlp: linearNames.slice(2),
};

/** The linear weights `[out, in]` that carry an adapter; none where all weights are trained themselves. */
export function adaptedNames(config: LlamaConfig, targets: Targets): string[] {
  const parts = targets === 'full' ? [] : adaptedParts[targets];
  return Array.from({ length: config.layers }, (_, layer) => parts.map((part) => layerName(layer, part))).flat();
}

/** One trained array. */
export interface Trained extends Moments {
  name: string;
  shape: number[];
  data: Float32Array;
}

/** The arrays of a shape in their order: `<weight>.lora_a` [K, R] and `<weight>.lora_b` [R, N] of each adapted weight, or every weight. */
export function trainedShapes(config: LlamaConfig, { rank, targets }: AdapterShape): { name: string; shape: number[] }[] {
  const shapes = weightShapes(config);
  if (targets === 'full') return [...shapes].map(([name, shape]) => ({ name, shape }));
  return adaptedNames(config, targets).flatMap((name) => {
    const [n, k] = shapes.get(name) as [number, number];
    return [
      { name: `${name}.lora_a`, shape: [k, rank] },
      { name: `${name}.lora_b`, shape: [rank, n] },
    ];
  });
}

export class Adapter {
  readonly arrays: Trained[];
  step = 0;

  /** A is gaussian with variance 1 / K, by seed; B is zero, so that a fresh adapter changes nothing. `full` begins with the weights. */
  constructor(
    { config, weights }: Pick<MlcModel, 'config' | 'weights'>,
    readonly shape: AdapterShape,
    seed: number,
  ) {
    const base = new Map(flatLayout(config).map(({ name, offset, size }) => [name, weights.subarray(offset, offset + size)]));
    this.arrays = trainedShapes(config, shape).map(({ name, shape }) => {
      const data = new Float32Array(sizeOf(shape));
      const own = base.get(name);
      if (own) data.set(own);
      else if (name.endsWith('.lora_a')) {
        const rng = new Rng(seed).split('adapter', name.slice(0, -'.lora_a'.length));
        const std = 1 / Math.sqrt(shape[0] as number);
        for (let i = 0; i < data.length; i++) data[i] = std * rng.normal();
      }
      return { name, shape, data, m: new Float32Array(data.length), v: new Float32Array(data.length) };
    });
  }

  get values(): Float32Array[] {
    return this.arrays.map(({ data }) => data);
  }

  get parameters(): number {
    return this.arrays.reduce((sum, { data }) => sum + data.length, 0);
  }

  export(weightVersion: number): AdapterState {
    const tensors: AdapterState['tensors'] = {};
    for (const { name, shape, data, m, v } of this.arrays) {
      for (const [suffix, array] of [
        ['', data],
        ['.m', m],
        ['.v', v],
      ] as const) {
        tensors[name + suffix] = { shape: [...shape], data: array.slice() };
      }
    }
    const { rank, alpha, targets } = this.shape;
    return { rank, alpha, targets, step: this.step, weightVersion, tensors };
  }

  /** Checks everything before it changes anything. Names may lack the `.weight` of the matrix (as those from PEFT do). */
  import(given: AdapterState): void {
    const state = {
      ...given,
      tensors: Object.fromEntries(
        Object.entries(given.tensors).map(([name, tensor]) => [name.replace(/(?<!\.weight)\.lora_/, '.weight.lora_'), tensor]),
      ),
    };
    const source = (name: string, shape: number[]): Float32Array => {
      const tensor = state.tensors[name];
      if (!tensor) throw new UserError(`The adapter has no tensor ${name}; it belongs to another model.`);
      if (tensor.shape.join() !== shape.join() || tensor.data.length !== sizeOf(shape)) {
        throw new UserError(`The adapter's tensor ${name} has shape [${tensor.shape}], but this model needs [${shape}].`);
      }
      return tensor.data;
    };
    const found = this.arrays.map(
      ({ name, shape }) => [source(name, shape), source(`${name}.m`, shape), source(`${name}.v`, shape)] as const,
    );
    const known = new Set(this.arrays.map(({ name }) => name));
    const extra = Object.keys(state.tensors).find((name) => !known.has(name.replace(/\.[mv]$/, '')));
    if (extra !== undefined) throw new UserError(`The adapter's tensor ${extra} has no place in this model.`);
    this.arrays.forEach((array, i) => {
      const [data, m, v] = found[i] as readonly [Float32Array, Float32Array, Float32Array];
      array.data.set(data);
      array.m.set(m);
      array.v.set(v);
    });
    this.step = state.step;
  }
}
