/** The trained arrays on the device. Low-rank: y = x W^T + (alpha / rank) (x A) B, with A [K, R] and B [R, N]. */
import * as tf from '@tensorflow/tfjs';
import type { AdapterShape } from '../policy.ts';
import { adaptedNames, trainedShapes } from './adapter.ts';
import type { LlamaConfig } from './config.ts';
import { loraLinear } from './kernels/lora-linear.ts';
import { plainLinear, weight } from './model.ts';
import type { Linear, Weights } from './model.ts';

export class Trainable {
  readonly variables: tf.Variable[];
  private readonly byName: Weights;
  private readonly scale: number;

  /** @param values one array for each of `trainedShapes`. */
  constructor(
    private readonly config: LlamaConfig,
    private readonly shape: AdapterShape,
    values: readonly Float32Array[],
  ) {
    const shapes = trainedShapes(config, shape);
    this.variables = shapes.map(({ shape }, i) => {
      const value = tf.tensor(values[i] as Float32Array, shape);
      const variable = tf.variable(value);
      value.dispose();
      return variable;
    });
    this.byName = Object.fromEntries(shapes.map(({ name }, i) => [name, this.variables[i] as tf.Variable]));
    this.scale = shape.alpha / shape.rank;
  }

  assign(values: readonly Float32Array[]): void {
    this.variables.forEach((variable, i) => {
      const value = tf.tensor(values[i] as Float32Array, variable.shape);
      variable.assign(value);
      value.dispose();
    });
  }

  /** What the forward pass is made of in training. */
  over(base: Weights): { weights: Weights; linear: Linear } {
    if (this.shape.targets === 'full') return { weights: this.byName, linear: plainLinear(this.byName) };
    const plain = plainLinear(base);
    return {
      weights: base,
      linear: (x, name) => {
        const [a, b] = this.pair(name);
        return a && b ? loraLinear(x, weight(base, name) as tf.Tensor2D, a, b, this.scale) : plain(x, name);
      },
    };
  }

  private pair(name: string): [tf.Tensor2D?, tf.Tensor2D?] {
    return [this.byName[`${name}.lora_a`], this.byName[`${name}.lora_b`]] as [tf.Tensor2D?, tf.Tensor2D?];
  }

  /** The weights that differ from the base, with the adapter added in, for sampling: new tensors, the caller's to dispose. */
  merge(base: Weights): Weights {
    if (this.shape.targets === 'full') return Object.fromEntries(Object.entries(this.byName).map(([name, value]) => [name, value.clone()]));
    return Object.fromEntries(
      adaptedNames(this.config, this.shape.targets).map((name) => {
        const [a, b] = this.pair(name) as [tf.Tensor2D, tf.Tensor2D];
        return [name, tf.tidy(() => weight(base, name).add(tf.matMul(b, a, true, true).mul(this.scale)))];
      }),
    );
  }

  dispose(): void {
    for (const variable of this.variables) variable.dispose();
  }
}
