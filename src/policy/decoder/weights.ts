/** A decoder's frozen weights on the device, as packed as they are stored. */
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../../lib/errors.ts';
import { allWeights, embedding, headOf, quantisations } from '../mlc/architecture.ts';
import type { DecoderConfig } from '../mlc/architecture.ts';
import { toHalf } from '../mlc/floats.ts';
import { codeBits } from '../mlc/format.ts';
import type { WeightSource } from '../mlc/format.ts';
import { readTensors } from '../mlc/read.ts';
import { denseName, scalesName, wordsName } from '../mlc/tensors.ts';
import type { NamedTensor } from '../mlc/tensors.ts';
import type { Matrix } from './packed.ts';

/** Formats for which there are kernels that train on the stored form. */
export const trainedFormats = quantisations.filter((quantisation) => codeBits(quantisation) !== 8);

export class DecoderWeights {
  private readonly tensors = new Map<string, tf.Tensor>();
  private readonly shapes: Map<string, number[]>;

  constructor(readonly config: DecoderConfig) {
    if (codeBits(config.quantisation) === 8) {
      throw new UserError(
        `A language model stored in ${config.quantisation} cannot be trained here; choose one in ${trainedFormats.join(', ')}.`,
      );
    }
    this.shapes = new Map(allWeights(config).map(({ name, shape }) => [name, shape]));
  }

  /** Reads all weights of a folder; no more than one shard lies in memory beside the device's copy. */
  static async load(
    config: DecoderConfig,
    source: WeightSource,
    onProgress?: (doneBytes: number, totalBytes: number) => void,
  ): Promise<{ weights: DecoderWeights; hash: string }> {
    const weights = new DecoderWeights(config);
    try {
      const hash = await readTensors(source, config, (tensor) => weights.put(tensor), onProgress);
      return { weights, hash };
    } catch (error) {
      weights.dispose();
      throw error;
    }
  }

  /** Takes one stored tensor. Halves stay packed, two to a word; other floats are single precision on the device. */
  put({ name, shape, values }: NamedTensor): void {
    const [rows, columns] = shape as [number, number];
    if (values instanceof Uint32Array) {
      this.tensors.set(name, tf.tensor2d(new Int32Array(values.buffer, values.byteOffset, values.length), [rows, columns], 'int32'));
    } else if (this.config.quantisation === 'q0f16' && shape.length === 2) {
      if (columns % 2 !== 0) throw new UserError(`The matrix ${name} has ${columns} columns; halves are packed in pairs.`);
      this.tensors.set(name, tf.tensor2d(new Int32Array(toHalf(values).buffer), [rows, columns / 2], 'int32'));
    } else {
      this.tensors.set(name, tf.tensor(values, shape));
    }
  }

  matrix(name: string): Matrix {
    const [rows, columns] = this.shapes.get(name) as [number, number];
    const words = this.tensors.get(wordsName(name)) as tf.Tensor2D | undefined;
    if (words) return { format: 'group4', rows, columns, words, scales: this.get(scalesName(name)) as tf.Tensor2D };
    const stored = this.get(denseName(name)) as tf.Tensor2D;
    if (stored.dtype === 'int32') return { format: 'half', rows, columns, words: stored };
    return { format: 'dense', rows, columns, dense: stored };
  }

  vector(name: string): tf.Tensor1D {
    return this.get(name) as tf.Tensor1D;
  }

  get embedding(): Matrix {
    return this.matrix(embedding);
  }

  get head(): Matrix {
    return this.matrix(headOf(this.config));
  }

  private get(name: string): tf.Tensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`The model has no tensor named ${name}.`);
    return tensor;
  }

  get bytes(): number {
    let sum = 0;
    for (const tensor of this.tensors.values()) sum += 4 * tensor.size;
    return sum;
  }

  dispose(): void {
    tf.dispose([...this.tensors.values()]);
    this.tensors.clear();
  }
}
