import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Rng } from '../../../lib/rng.ts';
import { openBackend } from '../../backend.ts';
import { chosenLogprobs } from './cross-entropy.ts';

test('log-probabilities of chosen tokens and their gradient agree with double precision', async () => {
  await openBackend('wasm');
  const [rows, width] = [7, 12];
  const rng = new Rng(1);
  // One row has a large offset: the maximum must be taken out before the exponentials.
  const x = Float32Array.from({ length: rows * width }, (_, i) => 3 * rng.normal() + (i < width ? 300 : 0));
  const dy = Float32Array.from({ length: rows }, () => rng.normal());
  const chosen = Int32Array.from({ length: rows }, () => rng.below(width));
  const [y, dx] = tf.tidy(() => {
    const op = (logits: tf.Tensor) => chosenLogprobs(logits as tf.Tensor2D, tf.tensor1d(chosen, 'int32'));
    const logits = tf.tensor2d(x, [rows, width]);
    return [op(logits).dataSync(), tf.grad(op)(logits, tf.tensor1d(dy)).dataSync()];
  });
  for (let n = 0; n < rows; n++) {
    const row = x.subarray(n * width, (n + 1) * width);
    const lse = Math.log(row.reduce((sum, v) => sum + Math.exp(v - (row[0] as number)), 0)) + (row[0] as number);
    expect(Math.abs((y[n] as number) - ((row[chosen[n] as number] as number) - lse))).toBeLessThan(1e-4);
    row.forEach((v, i) => {
      const slope = (dy[n] as number) * ((i === chosen[n] ? 1 : 0) - Math.exp(v - lse));
      expect(Math.abs((dx[n * width + i] as number) - slope)).toBeLessThan(1e-5);
    });
  }
});
