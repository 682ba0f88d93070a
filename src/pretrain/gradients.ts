/** Loss and summed gradient of all weights over micro-batches; what every worker of data-parallel training runs. */
import * as tf from '@tensorflow/tfjs';
import type { LlamaConfig } from '../policy/llama/config.ts';
import { assignFlat, flatLayout, variablesOf } from '../policy/llama/flat.ts';
import { forwardBatch, plainLinear } from '../policy/llama/model.ts';
import { ropeTable } from '../policy/llama/ops.ts';
import type { RopeTable } from '../policy/llama/ops.ts';
import type { MicroBatch } from './batches.ts';

export class GradientWorker {
  private readonly variables: Record<string, tf.Variable>;
  private readonly table: RopeTable;

  constructor(
    private readonly config: LlamaConfig,
    private readonly weights: Float32Array,
  ) {
    this.variables = variablesOf(config, weights);
    this.table = ropeTable(config.context, config.headWidth, config.ropeTheta);
  }

  /**
   * Reads the shared weights, adds the gradient of scale * sum(weight * cross-entropy) to `gradient`.
   * @returns the scaled loss.
   */
  run(batches: MicroBatch[], scale: number, gradient: Float32Array): number {
    assignFlat(this.config, this.variables, this.weights);
    gradient.fill(0);
    let loss = 0;
    for (const batch of batches) {
      const { value, grads } = tf.variableGrads(() => this.loss(batch, scale), Object.values(this.variables));
      loss += value.dataSync()[0] as number;
      for (const { name, offset } of flatLayout(this.config)) {
        const data = (grads[(this.variables[name] as tf.Variable).name] as tf.Tensor).dataSync();
        for (let i = 0; i < data.length; i++) gradient[offset + i] = (gradient[offset + i] as number) + (data[i] as number);
      }
      tf.dispose(grads);
      value.dispose();
    }
    return loss;
  }

  private loss({ ids_B_T, batch, at_N, targets_N, weights_N }: MicroBatch, scale: number): tf.Scalar {
    return tf.tidy(() => {
      const logits_N_V = forwardBatch(this.config, this.variables, plainLinear(this.variables), this.table, ids_B_T, batch, at_N);
      const target_N_V = tf.oneHot(tf.tensor1d(targets_N, 'int32'), this.config.vocabulary);
      const logprobs_N = tf.logSoftmax(logits_N_V).mul(target_N_V).sum(1);
      return logprobs_N.mul(tf.tensor1d(weights_N)).sum().mul(-scale) as tf.Scalar;
    });
  }

  dispose(): void {
    tf.dispose(this.variables);
    tf.dispose([this.table.cos, this.table.sin, this.table.minusSin]);
  }
}
