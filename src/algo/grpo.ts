/** The clipped surrogate with its KL term, as a loss over the N chosen tokens of a micro-batch. */
import * as tf from '@tensorflow/tfjs';
import type { LossInputs, LossSettings, PolicyLoss } from '../policy/policy.ts';

/**
 * -sum_n w_n [ min(rho_n A_n, clip(rho_n, 1 - clip, 1 + clip) A_n) - beta KL_n ], rho_n = pi(a_n) / pi_old(a_n).
 * KL_n is the low-variance estimate exp(d) - d - 1 with d = log pi_ref - log pi (Schulman's k3), never negative.
 */
export function clippedSurrogate({ clip, beta }: LossSettings): PolicyLoss {
  const loss = ({ logprobs_N, oldLogprobs_N, refLogprobs_N, advantages_N, weights_N }: LossInputs) => {
    const rho_N = tf.exp(tf.sub(logprobs_N, oldLogprobs_N));
    const clipped_N = tf.clipByValue(rho_N, 1 - clip, 1 + clip);
    const surrogate_N = tf.minimum(tf.mul(rho_N, advantages_N), tf.mul(clipped_N, advantages_N));
    let gain_N = surrogate_N;
    if (beta > 0) {
      const d_N = tf.sub(refLogprobs_N, logprobs_N);
      const kl_N = tf.sub(tf.sub(tf.exp(d_N), d_N), 1);
      gain_N = tf.sub(surrogate_N, tf.mul(kl_N, beta));
    }
    return tf.neg(tf.sum(tf.mul(gain_N, weights_N))) as tf.Scalar;
  };
  return Object.assign(loss, { settings: { clip, beta } });
}
