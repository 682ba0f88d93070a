/** The kernels of a tfjs backend as a whole, so that stock ones and this project's can take turns in one process. */
import * as tf from '@tensorflow/tfjs';
import type { BackendName } from '../../policy/backend.ts';

/** Keeps what is registered now. @returns a function that makes exactly these the backend's kernels again. */
export function keepKernels(backend: BackendName): () => void {
  const kept = new Map(tf.getKernelsForBackend(backend).map((kernel) => [kernel.kernelName, kernel]));
  return () => {
    for (const kernel of tf.getKernelsForBackend(backend))
      if (kept.get(kernel.kernelName) !== kernel) tf.unregisterKernel(kernel.kernelName, backend);
    for (const [name, kernel] of kept) if (!tf.getKernel(name, backend)) tf.registerKernel(kernel);
  };
}
