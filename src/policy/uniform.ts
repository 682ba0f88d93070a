/** A policy that chooses uniformly and learns nothing: the floor that any other is measured against, and fast in tests. */
import type { AdapterState, Policy, PolicySession } from './policy.ts';
import type { EpisodeTokens } from '../types.ts';

export class UniformPolicy implements Policy {
  readonly info = { name: 'uniform', parameters: 0, adapterParameters: 0, context: 1e6, hash: 'uniform', backend: 'none' };
  weightVersion = 0;

  async start(prompts: { text: string; copies: number }[]): Promise<PolicySession> {
    const rows = prompts.flatMap(({ copies }) => Array.from({ length: copies }, (): EpisodeTokens => ({ ids: [0], choices: [] })));
    return {
      tokensFed: 0,
      act: async (requests) =>
        requests.map(({ row, choices, rng }) => {
          const at = rng.below(choices.length);
          const tokens = rows[row] as EpisodeTokens;
          const logprob = -Math.log(choices.length);
          tokens.choices.push({ at: tokens.ids.length, allowed: choices.map((_, i) => i), logprob });
          tokens.ids.push(at);
          return { choice: choices[at] as string, logprob };
        }),
      tokens: (row) => rows[row] as EpisodeTokens,
      finish: () => {},
      dispose: () => {},
    };
  }

  async logprobs(sequences: EpisodeTokens[]): Promise<Float32Array[]> {
    return sequences.map(({ choices }) => Float32Array.from(choices, (choice) => choice.logprob));
  }

  async update() {
    this.weightVersion++;
    return { loss: 0, kl: 0, entropy: 0, clipFraction: 0, ratio: 1, ratioMax: 1, gradNorm: 0, mismatch: 0, tokens: 0, optimiserSteps: 1 };
  }

  useAdapter(): void {}

  newAdapter(): void {
    this.weightVersion = 0;
  }

  async exportAdapter(): Promise<AdapterState> {
    return { rank: 1, alpha: 1, step: this.weightVersion, weightVersion: this.weightVersion, tensors: {} };
  }

  async importAdapter(state: AdapterState): Promise<void> {
    this.weightVersion = state.weightVersion;
  }

  dispose(): void {}
}
