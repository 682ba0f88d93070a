/** Our kernels in tfjs's registry: how an op asks for the current backend's kernel, and how a backend offers one. */
import * as tf from '@tensorflow/tfjs';
import type { BackendName } from '../../backend.ts';

export type Inputs = Record<string, tf.TensorInfo>;
type Attributes = Record<string, unknown>;

/** Whether the current backend has the fused kernel; otherwise an op composes itself from tfjs's own. */
export const hasKernel = (name: string): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

export function runKernel<T extends tf.Tensor | tf.Tensor[]>(name: string, inputs: Record<string, tf.Tensor>, attributes: object = {}): T {
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap) as T;
}

/** Registers one kernel, replacing an earlier one: a backend may be opened again. */
export function register<I extends Inputs>(
  backend: BackendName,
  name: string,
  run: (inputs: I, attributes: Attributes, backend: unknown) => tf.TensorInfo | tf.TensorInfo[],
): void {
  if (tf.getKernel(name, backend)) tf.unregisterKernel(name, backend);
  tf.registerKernel({
    kernelName: name,
    backendName: backend,
    kernelFunc: ({ inputs, attrs, backend }) => run(inputs as tf.NamedTensorInfoMap as I, (attrs ?? {}) as Attributes, backend),
  });
}
