/** Success during pre-training: a small fixed panel of homes that no demonstration shows, played without and with the right rules. */
import { evaluate } from '../algo/evaluate.ts';
import { appHomes } from '../envs/alfworld/homes.ts';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { makePanel, type Panel } from '../envs/panel.ts';
import { Rng } from '../lib/rng.ts';
import type { Policy } from '../policy/policy.ts';
import { procedureFamilies, say } from '../rules/language.ts';
import type { Rule } from '../types.ts';

export interface Success {
  games: number;
  won: number;
  wonWithRules: number;
}

/** Most actions in an episode, as `npm run eval` has it. */
const STEPS = 50;

/** The right procedure of each family that has one. */
const procedures = new Map<string, Rule[]>(
  procedureFamilies.map((family, i) => [
    family,
    [
      {
        id: `r${i + 1}`,
        scope: family,
        text: say({ kind: 'procedure', family }),
        score: 2,
        status: 'active',
        mergedFrom: [],
        born: 0,
        changed: 0,
      },
    ],
  ]),
);

export class SuccessPanel {
  private constructor(
    private readonly host: LocalHost,
    private readonly panel: Panel,
  ) {}

  /** The first `games` homes of the validation split; demonstrations are drawn from the training split. */
  static async open(games: number): Promise<SuccessPanel> {
    const host = new LocalHost(await GeneratedHomes.create(appHomes));
    return new SuccessPanel(host, await makePanel(host, 'validation', games));
  }

  /**
   * The same policy wins the same games, whenever it is asked.
   * @param stopping asked after every joint step of the games; true ends it.
   * @returns null when it was ended.
   */
  async play(policy: Policy, stopping: () => boolean = () => false): Promise<Success | null> {
    const { host, panel } = this;
    const ended = new Error('The measurement was ended.');
    const won = async (rules: 'none' | 'pool') => {
      const { evaluation } = await evaluate({
        policy,
        host,
        panel,
        rulesFor: ({ family }) => (rules === 'pool' ? (procedures.get(family) ?? []) : []),
        rules,
        adapter: false,
        steps: STEPS,
        decoding: 'constrained',
        rng: new Rng(1).split('evaluation'),
        iteration: 0,
        onStep: async () => {
          // Games and policy may compute in this thread without a pause, and a signal is heard only in one.
          await new Promise((resolve) => void setImmediate(resolve));
          if (stopping()) throw ended;
        },
      });
      return evaluation.won;
    };
    try {
      if (stopping()) return null;
      return { games: panel.tasks.length, won: await won('none'), wonWithRules: await won('pool') };
    } catch (error) {
      if (error === ended) return null;
      throw error;
    }
  }
}
