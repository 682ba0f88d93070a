/** Optimiser of pre-training: Muon (Jordan 2024) on matrices, AdamW on the embedding and the norms. */
import * as tf from '@tensorflow/tfjs';
import { adamW } from '../policy/adamw.ts';
import type { LlamaConfig } from '../policy/llama/config.ts';
import { embeddingName } from '../policy/llama/config.ts';
import { flatLayout } from '../policy/llama/flat.ts';

export interface MuonOptions {
  /** Step sizes at the top of the schedule. */
  muon: number;
  adam: number;
  momentum: number;
  weightDecay: number;
}

export const defaultMuon: MuonOptions = { muon: 0.005, adam: 0.004, momentum: 0.95, weightDecay: 0.01 };

/** One matrix that is orthogonalised on its own; fused projections are taken apart. */
export interface Block {
  offset: number;
  rows: number;
  columns: number;
}

export function matrices(config: LlamaConfig): Block[] {
  const q = config.heads * config.headWidth;
  const kv = config.kvHeads * config.headWidth;
  return flatLayout(config).flatMap(({ name, shape, offset }) => {
    if (shape.length !== 2 || name === embeddingName) return [];
    const [rows, columns] = shape as [number, number];
    const parts = name.includes('qkv_proj') ? [q, kv, kv] : name.includes('gate_up') ? [config.ffn, config.ffn] : [rows];
    return parts.map((part, i) => ({
      offset: offset + columns * parts.slice(0, i).reduce((sum, n) => sum + n, 0),
      rows: part,
      columns,
    }));
  });
}

/** The nearest semi-orthogonal matrix, roughly: five quintic Newton-Schulz steps push all singular values towards 1. */
function orthogonalise(g: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const tall = g.shape[0] > g.shape[1];
    let x: tf.Tensor2D = tall ? g.transpose() : g;
    x = x.div(x.norm().add(1e-7));
    for (let i = 0; i < 5; i++) {
      const a = tf.matMul(x, x, false, true);
      const b = a.mul(-4.775).add(tf.matMul(a, a).mul(2.0315)) as tf.Tensor2D;
      x = x.mul(3.4445).add(tf.matMul(b, x));
    }
    return tall ? x.transpose() : x;
  });
}

/** Replaces blocks of a flat array by their orthogonalised selves. */
export async function orthogonaliseBlocks(flat: Float32Array, blocks: readonly Block[]): Promise<void> {
  // All are begun before the first is read, so that a graphics card never waits.
  await Promise.all(
    blocks.map(async ({ offset, rows, columns }) => {
      const part = flat.subarray(offset, offset + rows * columns);
      const result = tf.tidy(() => orthogonalise(tf.tensor2d(part.slice(), [rows, columns])));
      part.set(await result.data());
      result.dispose();
    }),
  );
}

export class Muon {
  /** Momentum of matrices and first moments of the rest share one array; v holds second moments of the rest. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  private readonly blocks: Block[];

  /**
   * @param direction scratch of the weights' size, and who orthogonalises the matrices in it: the costly part, which
   * threads that share the memory can divide among themselves.
   */
  constructor(
    private readonly config: LlamaConfig,
    private readonly options: MuonOptions,
    private readonly direction: Float32Array,
    private readonly orthogonaliseAll: () => Promise<void>,
  ) {
    this.blocks = matrices(config);
    this.m = new Float32Array(direction.length);
    this.v = new Float32Array(direction.length);
  }

  /** One step in place; `step` counts from 1, `factor` is the schedule's share of the top learning rate. */
  async step(weights: Float32Array, gradient: Float32Array, step: number, factor: number): Promise<void> {
    const { muon, adam, momentum, weightDecay } = this.options;
    const { m, direction } = this;
    for (const { offset, rows, columns } of this.blocks) {
      for (let i = offset; i < offset + rows * columns; i++) {
        const g = gradient[i] as number;
        m[i] = momentum * (m[i] as number) + g;
        // Nesterov: look one step ahead.
        direction[i] = g + momentum * (m[i] as number);
      }
    }
    await this.orthogonaliseAll();
    for (const { offset, rows, columns } of this.blocks) {
      const rate = muon * factor * Math.sqrt(Math.max(1, rows / columns));
      const keep = 1 - muon * factor * weightDecay;
      for (let i = offset; i < offset + rows * columns; i++) {
        weights[i] = (weights[i] as number) * keep - rate * (direction[i] as number);
      }
    }
    for (const { name, shape, offset, size } of flatLayout(this.config)) {
      if (shape.length === 2 && name !== embeddingName) continue;
      const part = (array: Float32Array) => array.subarray(offset, offset + size);
      adamW(part(weights), part(gradient), { m: part(this.m), v: part(this.v) }, step, {
        learningRate: adam * factor,
        beta1: 0.9,
        beta2: 0.95,
        weightDecay: 0,
      });
    }
  }
}
