/** How an update's sequences are cut into optimiser steps and micro-batches, and what the loss is given of each choice. */
import { cutBatches } from '../decoder/trainer.ts';
import type { DecoderBatch } from '../decoder/trainer.ts';
import type { TrainSequence, UpdateOptions } from '../policy.ts';
import type { EpisodeTokens } from '../../types.ts';

/** Micro-batches of each optimiser step, over all epochs. */
export function planSteps(
  tokens: readonly EpisodeTokens[],
  usable: readonly number[],
  { epochs, minibatches, rng }: Pick<UpdateOptions, 'epochs' | 'minibatches' | 'rng'>,
  microTokens: number,
): DecoderBatch[][] {
  const plan: DecoderBatch[][] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = rng.split('epoch', epoch).shuffle([...usable]);
    const groups = Math.min(minibatches, order.length);
    for (let g = 0; g < groups; g++) {
      const members = order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups));
      plan.push(cutBatches(tokens, members, microTokens));
    }
  }
  return plan;
}

/** Per-choice inputs of the loss, each of length N. */
export function lossArrays(
  sequences: readonly TrainSequence[],
  batch: DecoderBatch,
  old: readonly Float32Array[],
  importance: readonly Float32Array[],
  weight: number,
) {
  const count = batch.at_N.length;
  const [old_N, reference_N, advantage_N, weight_N] = Array.from({ length: 4 }, () => new Float32Array(count)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  eachChoice(
    sequences.map(({ tokens }) => tokens),
    batch,
    (n, member, i) => {
      const { advantage, weight: own = 1, refLogprobs } = sequences[member] as TrainSequence;
      old_N[n] = (old[member] as Float32Array)[i] as number;
      reference_N[n] = refLogprobs?.[i] ?? (old_N[n] as number);
      advantage_N[n] = advantage;
      weight_N[n] = weight * own * ((importance[member] as Float32Array)[i] as number);
    },
  );
  return { old_N, reference_N, advantage_N, weight_N };
}

/** Calls back with n (place in the batch), the sequence, and the place among its choices. */
export function eachChoice(
  sequences: readonly EpisodeTokens[],
  { members }: DecoderBatch,
  visit: (n: number, member: number, i: number) => void,
): void {
  let n = 0;
  for (const member of members) (sequences[member] as EpisodeTokens).choices.forEach((_, i) => visit(n++, member, i));
}
