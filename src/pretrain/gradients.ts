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
  /** Where tensors can be read and written in place; null on other backends than wasm. */
  private readonly heap: WasmHeap | null = wasmHeap();

  constructor(
    private readonly config: LlamaConfig,
    private readonly weights: Float32Array,
  ) {
    this.variables = variablesOf(config, weights);
    this.table = ropeTable(config.context, config.headWidth, config.ropeTheta);
  }

  /**
   * Reads the shared weights, writes the gradient of scale * sum(weight * cross-entropy) to `gradient`.
   * @returns the scaled loss.
   */
  async run(batches: MicroBatch[], scale: number, gradient: Float32Array): Promise<number> {
    gradient.fill(0);
    return this.heap ? this.runInPlace(this.heap, batches, scale, gradient) : this.runOnDevice(batches, scale, gradient);
  }

  /** Without copies. A tensor's place on the heap is valid until the heap grows. */
  private runInPlace(heap: WasmHeap, batches: MicroBatch[], scale: number, gradient: Float32Array): number {
    const layout = flatLayout(this.config);
    for (const { name, offset, size } of layout) heap.floats(this.variable(name)).set(this.weights.subarray(offset, offset + size));
    let loss = 0;
    for (const batch of batches) {
      const { value, grads } = tf.variableGrads(() => this.loss(batch, scale), Object.values(this.variables));
      loss += heap.floats(value)[0] as number;
      for (const { name, offset } of layout) {
        const data = heap.floats(grads[this.variable(name).name] as tf.Tensor);
        for (let i = 0, o = offset; i < data.length; i++, o++) gradient[o] = (gradient[o] as number) + (data[i] as number);
      }
      tf.dispose(grads);
      value.dispose();
    }
    return loss;
  }

  /** Adds up on the device, and reads back once. */
  private async runOnDevice(batches: MicroBatch[], scale: number, gradient: Float32Array): Promise<number> {
    const layout = flatLayout(this.config);
    for (const { name, shape, offset, size } of layout) {
      const value = tf.tensor(this.weights.slice(offset, offset + size), shape);
      this.variable(name).assign(value);
      value.dispose();
    }
    let sum: tf.Tensor1D = tf.zeros([gradient.length + 1]);
    for (const batch of batches) {
      const next = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => this.loss(batch, scale), Object.values(this.variables));
        const parts = layout.map(({ name }) => (grads[this.variable(name).name] as tf.Tensor).flatten());
        return sum.add(tf.concat1d([...parts, value.reshape([1])])) as tf.Tensor1D;
      });
      sum.dispose();
      sum = next;
    }
    const data = await sum.data();
    sum.dispose();
    gradient.set(data.subarray(0, gradient.length));
    return data[gradient.length] as number;
  }

  private variable(name: string): tf.Variable {
    return this.variables[name] as tf.Variable;
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
