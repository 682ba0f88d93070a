/** A small run for the tests of the stores: every field filled, nothing random. */
import { defaultConfig } from '../trainer/config.ts';
import type { Metrics, RuleEvent, Trajectory } from '../types.ts';
import type { IterationCommit, RunManifest } from './store.ts';

export function sampleManifest(id = 'amber-kestrel'): RunManifest {
  return {
    id,
    config: { ...defaultConfig, iterations: 3 },
    world: { env: 'alfworld', name: 'generated homes', hash: 'aa', splits: { training: Infinity, validation: 200 } },
    gameSet: null,
    policy: { name: 'tiny', parameters: 10, adapterParameters: 4, context: 512, hash: 'bb', backend: 'wasm' },
    panel: { name: 'generated homes/validation/60', hash: 'cc' },
    reflector: 'contrast',
    codeVersion: 'test',
    createdAt: 1,
  };
}

export function sampleTrajectory(id: string, won: boolean): Trajectory {
  return {
    id,
    task: { env: 'alfworld', id: 'training/7', family: 'cool', goal: 'cool some lettuce and put it in countertop' },
    ruleIds: ['r1'],
    opening: 'You are in the middle of a room.',
    turns: [
      {
        action: 'go to fridge 1',
        observation: 'The fridge 1 is closed.',
        logprob: -0.5,
        others: [{ action: 'go to …', logprob: -1.25 }],
        chosen: [[0, 5]],
      },
    ],
    reward: won ? 1 : 0,
    won,
    stop: won ? 'won' : 'steps',
    advantage: won ? 1 : -1,
    tokenCount: 40,
  };
}

export function sampleEvent(seq: number, text = `Rule number ${seq}.`): RuleEvent {
  return { seq, iteration: 1, by: 'reflector', action: { op: 'ADD', scope: 'cool', text }, trajectories: ['1.0.0'], why: 'A test.' };
}

export function sampleMetrics(iteration: number): Metrics {
  return {
    iteration,
    trainSuccess: 0.5,
    trainReward: 0.5,
    episodes: 2,
    mixedGroups: 1,
    meanTurns: 1,
    rolloutTokens: 80,
    reflectionTokens: 5,
    updateTokens: 80,
    update: { loss: 0.1, kl: 0.01, entropy: 1, clipFraction: 0, ratio: 1, ratioMax: 1.1, gradNorm: 1, mismatch: 0, tokens: 80, optimiserSteps: 2 },
    edits: { ADD: 1 },
    droppedEdits: 0,
    activeRules: 1,
    absorption: [{ rule: 'r1', gain: 0.25, episodes: 2, actions: 9 }],
    crossed: [],
    seconds: { act: 1, step: 2 },
    evaluation: null,
  };
}

export function sampleCommit(iteration: number, seq = iteration): IterationCommit {
  return {
    checkpoint: {
      runId: 'amber-kestrel',
      iteration,
      adapter: {
        rank: 2,
        alpha: 2,
        step: iteration,
        weightVersion: iteration,
        tensors: { 'q.lora_a': { shape: [2, 2], data: new Float32Array([0.1, -0.25, 1e-8, iteration]) } },
      },
      references: { cool: [sampleTrajectory('1.0.0', true)] },
    },
    metrics: sampleMetrics(iteration),
    events: [sampleEvent(seq)],
    trajectories: [sampleTrajectory(`${iteration}.0.0`, true), sampleTrajectory(`${iteration}.0.1`, false)],
  };
}
