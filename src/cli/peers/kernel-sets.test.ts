import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { register } from '../../policy/llama/kernels/registry.ts';
import { keepKernels } from './kernel-sets.ts';

test('stock kernels come back as they were, and ours after them, whichever had the last turn', async () => {
  await tf.setBackend('cpu');
  const withStock = keepKernels('cpu');
  register('cpu', 'Neg', ({ x }: Record<'x', tf.TensorInfo>) => tf.mul(x as tf.Tensor, -3));
  register('cpu', 'OurOwn', ({ x }: Record<'x', tf.TensorInfo>) => x);
  const withOurs = keepKernels('cpu');
  const negated = () => tf.tidy(() => tf.neg(tf.scalar(2)).dataSync()[0]);
  for (let turn = 0; turn < 2; turn++) {
    withStock();
    expect([negated(), tf.getKernel('OurOwn', 'cpu')]).toEqual([-2, undefined]);
    withOurs();
    expect([negated(), tf.getKernel('OurOwn', 'cpu')?.kernelName]).toEqual([-6, 'OurOwn']);
  }
  withStock();
});
