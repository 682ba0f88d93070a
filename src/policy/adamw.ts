/** AdamW (Loshchilov and Hutter 2019) on plain arrays: the same bytes on every backend. */

export interface AdamWOptions {
  learningRate: number;
  weightDecay?: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

/** First and second moments of one parameter array. */
export interface Moments {
  m: Float32Array;
  v: Float32Array;
}

/** Updates `parameters` in place. `step` counts from 1. */
export function adamW(parameters: Float32Array, gradient: Float32Array, { m, v }: Moments, step: number, options: AdamWOptions): void {
  const { learningRate, weightDecay = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const correction1 = 1 - beta1 ** step;
  const correction2 = 1 - beta2 ** step;
  for (let i = 0; i < parameters.length; i++) {
    const g = gradient[i] as number;
    const first = beta1 * (m[i] as number) + (1 - beta1) * g;
    const second = beta2 * (v[i] as number) + (1 - beta2) * g * g;
    m[i] = first;
    v[i] = second;
    const p = parameters[i] as number;
    parameters[i] = p - learningRate * (first / correction1 / (Math.sqrt(second / correction2) + epsilon) + weightDecay * p);
  }
}

/** L2 norm over several arrays. */
export function globalNorm(arrays: readonly Float32Array[]): number {
  let sum = 0;
  for (const array of arrays) for (let i = 0; i < array.length; i++) sum += (array[i] as number) ** 2;
  return Math.sqrt(sum);
}

/** Scales gradients in place so that their global norm is at most `limit`; returns the norm before. */
export function clipByGlobalNorm(arrays: readonly Float32Array[], limit: number): number {
  const norm = globalNorm(arrays);
  if (norm > limit) {
    const scale = limit / norm;
    for (const array of arrays) for (let i = 0; i < array.length; i++) array[i] = (array[i] as number) * scale;
  }
  return norm;
}
