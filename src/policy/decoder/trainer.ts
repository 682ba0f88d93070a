/**
 * Gradients of a language model in little memory: between layers only the residual stream is kept, each layer is computed
 * once more when its gradient is due (gradient checkpointing), and the head never holds all its logits (`head.ts`).
 */
import * as tf from '@tensorflow/tfjs';
import { adamW, clipByGlobalNorm } from '../adamw.ts';
import { UserError } from '../../lib/errors.ts';
import { finalNorm } from '../mlc/architecture.ts';
import type { EpisodeTokens } from '../../types.ts';
import type { DecoderAdapter } from './adapter.ts';
import { decoderRope, embed, normedRows, runLayer } from './forward.ts';
import type { BatchShape, LayerInputs } from './forward.ts';
import { candidatesOf, ChunkedHead } from './head.ts';
import type { DecoderWeights } from './weights.ts';

/** Some sequences with N choices in all, padded to one [B, T]. */
export interface DecoderBatch extends BatchShape {
  /** Indices into the caller's list, in row order; their choices follow one another. */
  members: number[];
  /** Tokens without padding. */
  tokens: number;
  ids_B_T: Int32Array;
  /** Rows of [B T] whose logits decide a choice. */
  at_N: Int32Array;
}

/** Cuts sequences (those that have choices) into batches of similar length under a budget of padded tokens. */
export function cutBatches(sequences: readonly EpisodeTokens[], indices: readonly number[], budget: number): DecoderBatch[] {
  const sequence = (i: number) => sequences[i] as EpisodeTokens;
  // What follows the last choice decides nothing and is not read.
  const used = (i: number) => sequence(i).choices.at(-1)?.at ?? 0;
  const sorted = indices.filter((i) => sequence(i).choices.length > 0).sort((a, b) => used(b) - used(a) || a - b);
  const batches: DecoderBatch[] = [];
  for (let from = 0; from < sorted.length;) {
    const time = used(sorted[from] as number);
    const members = sorted.slice(from, from + Math.max(1, Math.floor(budget / time)));
    from += members.length;
    const ids_B_T = new Int32Array(members.length * time);
    members.forEach((i, b) => ids_B_T.set(sequence(i).ids.slice(0, used(i)), b * time));
    batches.push({
      members,
      batch: members.length,
      time,
      tokens: members.reduce((sum, i) => sum + used(i), 0),
      ids_B_T,
      at_N: Int32Array.from(members.flatMap((i, b) => sequence(i).choices.map(({ at }) => b * time + at - 1))),
    });
  }
  return batches;
}

/** Loss as a function of the N log-probabilities. */
export type ChoiceLoss = (logprobs_N: tf.Tensor1D) => tf.Scalar;

export interface BatchGradient {
  loss: number;
  logprobs_N: Float32Array;
  entropy_N: Float32Array;
}

export class DecoderTrainer {
  constructor(private readonly weights: DecoderWeights) {}

  /** log pi of every choice of a batch and the entropies; `adapter` null is the base model. */
  async score(
    sequences: readonly EpisodeTokens[],
    batch: DecoderBatch,
    adapter: DecoderAdapter | null,
  ): Promise<Omit<BatchGradient, 'loss'>> {
    const table = decoderRope(this.weights.config, batch.time);
    let x = embed(this.weights, batch.ids_B_T);
    try {
      for (let layer = 0; layer < this.weights.config.layers; layer++) {
        const next = this.forward(layer, x, adapter, table, batch);
        x.dispose();
        x = next;
        // Lets the device catch up, so that no more than one layer's buffers wait to be freed.
        await settle(x);
      }
      const h_N_D = tf.tidy(() => normedRows(this.weights, x, tf.tensor1d(batch.at_N, 'int32'), this.finalNorm(adapter)));
      const { logprobs_N, entropy_N, logSum_N } = this.head(sequences, batch).score(h_N_D);
      const out = { logprobs_N: await numbers(logprobs_N), entropy_N: await numbers(entropy_N) };
      tf.dispose([h_N_D, logSum_N]);
      return out;
    } finally {
      tf.dispose([x, table.cos, table.sin, table.minusSin]);
    }
  }

  /** Adds the gradient of the loss over one batch to `sums`, one array per trainable of the adapter. */
  async accumulate(
    sequences: readonly EpisodeTokens[],
    batch: DecoderBatch,
    adapter: DecoderAdapter,
    loss: ChoiceLoss,
    sums: readonly Float32Array[],
    onLayer?: (done: number, total: number) => void,
  ): Promise<BatchGradient> {
    const { config } = this.weights;
    const table = decoderRope(config, batch.time);
    const xs = [embed(this.weights, batch.ids_B_T)];
    const steps = 2 * config.layers + 1;
    let dx: tf.Tensor2D | null = null;
    const place = new Map(adapter.trainables.map((trainable, i) => [trainable, i]));
    const add = async (layer: number, gradients: Record<string, tf.Tensor>) => {
      const chained = adapter.chain(layer, gradients);
      for (const [i, trainable] of adapter.of(layer).entries()) {
        const data = await numbers(chained[i] as tf.Tensor);
        const sum = sums[place.get(trainable) as number] as Float32Array;
        for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (data[k] as number);
      }
      tf.dispose(gradients);
    };
    try {
      for (let layer = 0; layer < config.layers; layer++) {
        xs.push(this.forward(layer, xs[layer] as tf.Tensor2D, adapter, table, batch));
        await settle(xs[layer + 1] as tf.Tensor2D);
        onLayer?.(layer + 1, steps);
      }
      const at = tf.tensor1d(batch.at_N, 'int32');
      const norm = this.finalNorm(adapter);
      const rows = (x: tf.Tensor, w: tf.Tensor) => normedRows(this.weights, x as tf.Tensor2D, at, w as tf.Tensor1D);
      const last = xs[config.layers] as tf.Tensor2D;
      const h_N_D = tf.tidy(() => rows(last, norm)) as tf.Tensor2D;
      const head = this.head(sequences, batch);
      const { logprobs_N, entropy_N, logSum_N } = head.score(h_N_D);
      const { value, grad } = tf.valueAndGrad((logprobs) => loss(logprobs as tf.Tensor1D))(logprobs_N);
      const dh = head.gradient(h_N_D, logSum_N, grad as tf.Tensor1D);
      const [dLast, dNorm] = tf.tidy(() => tf.grads(rows)([last, norm], dh)) as [tf.Tensor2D, tf.Tensor];
      dx = dLast;
      const result = {
        loss: (await numbers(value))[0] as number,
        logprobs_N: await numbers(logprobs_N),
        entropy_N: await numbers(entropy_N),
      };
      tf.dispose([h_N_D, dh, grad, logSum_N, at]);
      xs.pop()?.dispose();
      if (norm !== this.weights.vector(finalNorm)) norm.dispose();
      await add(config.layers, { [finalNorm]: dNorm });
      onLayer?.(config.layers + 1, steps);
      for (let layer = config.layers - 1; layer >= 0; layer--) {
        const inputs = adapter.inputs(layer);
        const names = Object.keys(inputs);
        const f = (x: tf.Tensor, ...values: tf.Tensor[]) =>
          runLayer(
            this.weights,
            layer,
            x as tf.Tensor2D,
            Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])),
            adapter.strength,
            table,
            batch,
          );
        const x = xs.pop() as tf.Tensor2D;
        const before: tf.Tensor2D = dx;
        const [next, ...gradients] = tf.tidy(() => tf.grads(f)([x, ...Object.values(inputs)], before)) as [tf.Tensor2D, ...tf.Tensor[]];
        dx = next;
        tf.dispose([before, x, ...Object.values(inputs)]);
        await add(layer, Object.fromEntries(names.map((name, i) => [name, gradients[i] as tf.Tensor])));
        onLayer?.(2 * config.layers + 1 - layer, steps);
      }
      return result;
    } finally {
      tf.dispose([...xs, table.cos, table.sin, table.minusSin]);
      dx?.dispose();
    }
  }

  private forward(
    layer: number,
    x: tf.Tensor2D,
    adapter: DecoderAdapter | null,
    table: ReturnType<typeof decoderRope>,
    shape: BatchShape,
  ): tf.Tensor2D {
    const inputs: LayerInputs = adapter?.inputs(layer) ?? {};
    const y = runLayer(this.weights, layer, x, inputs, adapter?.strength ?? 0, table, shape);
    tf.dispose(Object.values(inputs));
    return y;
  }

  private finalNorm(adapter: DecoderAdapter | null): tf.Tensor1D {
    return (adapter?.inputs(this.weights.config.layers)[finalNorm] as tf.Tensor1D | undefined) ?? this.weights.vector(finalNorm);
  }

  private head(sequences: readonly EpisodeTokens[], { members }: DecoderBatch): ChunkedHead {
    const choices = members.flatMap((i) => {
      const { ids, choices } = sequences[i] as EpisodeTokens;
      return choices.map((choice) => ({ choice, id: ids[choice.at] as number }));
    });
    return new ChunkedHead(this.weights.head, candidatesOf(choices));
  }
}

/** One AdamW step on the adapter. @returns the norm of the gradient before clipping. */
export function optimise(
  adapter: DecoderAdapter,
  gradients: Float32Array[],
  options: { maxGradNorm: number; learningRate: number; weightDecay: number },
): number {
  const norm = clipByGlobalNorm(gradients, options.maxGradNorm);
  if (!Number.isFinite(norm)) throw new UserError('The gradient is not finite; the adapter was left as it was. Lower the learning rate.');
  adapter.step++;
  adapter.trainables.forEach((trainable, i) => adamW(trainable.data, gradients[i] as Float32Array, trainable, adapter.step, options));
  adapter.upload();
  return norm;
}

async function numbers(tensor: tf.Tensor): Promise<Float32Array> {
  const data = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return data;
}

/** Waits until a tensor has been computed, by reading one number of it. */
async function settle(x: tf.Tensor2D): Promise<void> {
  if (tf.getBackend() !== 'webgpu') return;
  const one = x.slice([0, 0], [1, 1]);
  await one.data();
  one.dispose();
}
