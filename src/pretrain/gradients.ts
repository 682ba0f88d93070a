/** Loss and summed gradient of all weights over micro-batches; what every worker of data-parallel training runs. */
import * as tf from '@tensorflow/tfjs';
import { wasmHeap } from '../policy/backend.ts';
import type { LlamaConfig } from '../policy/llama/config.ts';
import { flatLayout, variablesOf } from '../policy/llama/flat.ts';
import { chosenLogprobs } from '../policy/llama/kernels/cross-entropy.ts';
import { ropeTable } from '../policy/llama/kernels/rope.ts';
import type { RopeTable } from '../policy/llama/kernels/rope.ts';
import { forwardPacked, headLogits, plainLinear } from '../policy/llama/model.ts';
import type { WasmHeap } from '../policy/llama/kernels/wasm-heap.ts';
import type { MicroBatch } from './batches.ts';

export class GradientWorker {
  private readonly variables: Record<string, tf.Variable>;
  private readonly table: RopeTable;
  private readonly heap: WasmHeap;

  constructor(
    private readonly config: LlamaConfig,
    private readonly weights: Float32Array,
  ) {
    const heap = wasmHeap();
    if (!heap) throw new Error(`Pre-training runs on the wasm backend, but ${tf.getBackend()} is open.`);
    this.heap = heap;
    this.variables = variablesOf(config, weights);
    this.table = ropeTable(config.context, config.headWidth, config.ropeTheta);
  }

  /**
   * Reads the shared weights, adds the gradient of scale * sum(weight * cross-entropy) to `gradient`.
   * @returns the scaled loss.
   */
  run(batches: MicroBatch[], scale: number, gradient: Float32Array): number {
    const layout = flatLayout(this.config);
    for (const { name, offset, size } of layout) this.floats(this.variable(name)).set(this.weights.subarray(offset, offset + size));
    gradient.fill(0);
    let loss = 0;
    for (const batch of batches) {
      const { value, grads } = tf.variableGrads(() => this.loss(batch, scale), Object.values(this.variables));
      loss += this.floats(value)[0] as number;
      for (const { name, offset } of layout) {
        const data = this.floats(grads[this.variable(name).name] as tf.Tensor);
        for (let i = 0, o = offset; i < data.length; i++, o++) gradient[o] = (gradient[o] as number) + (data[i] as number);
      }
      tf.dispose(grads);
      value.dispose();
    }
    return loss;
  }

  private variable(name: string): tf.Variable {
    return this.variables[name] as tf.Variable;
  }

  /** A tensor's place on the heap, valid until the heap grows: read and written without copies. */
  private floats(tensor: tf.Tensor): Float32Array {
    return this.heap.floats(tensor);
  }

  private loss({ packed, at_N, targets_N, weights_N }: MicroBatch, scale: number): tf.Scalar {
    return tf.tidy(() => {
      const hidden_N_D = forwardPacked(this.config, this.variables, plainLinear(this.variables), this.table, packed, at_N);
      const logits_N_V = headLogits(this.variables, hidden_N_D);
      const logprobs_N = chosenLogprobs(logits_N_V, tf.tensor1d(targets_N, 'int32'));
      return logprobs_N.mul(tf.tensor1d(weights_N)).sum().mul(-scale) as tf.Scalar;
    });
  }

  dispose(): void {
    tf.dispose(this.variables);
    tf.dispose([this.table.cos, this.table.sin, this.table.minusSin]);
  }
}
