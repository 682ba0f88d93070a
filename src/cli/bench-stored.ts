/** `npm run bench -- stored`: what storing the embedded policy in fewer bits saves in bytes and costs in games won. */
import { evaluate } from '../algo/evaluate.ts';
import { LocalHost } from '../envs/host.ts';
import { makePanel } from '../envs/panel.ts';
import { UserError } from '../lib/errors.ts';
import { Rng } from '../lib/rng.ts';
import { bootstrap, mean } from '../lib/stats.ts';
import { quantisations } from '../policy/mlc/architecture.ts';
import { memorySource, type Quantisation } from '../policy/mlc/format.ts';
import { writeFolder } from '../policy/mlc/files.node.ts';
import { readMlc } from '../policy/mlc/read.ts';
import { writeMlc } from '../policy/mlc/write.ts';
import { keyFunction } from '../rules/keys.ts';
import { emptyPool, workingRules } from '../rules/pool.ts';
import { defaultConfig } from '../trainer/config.ts';
import type { Bench } from './bench.ts';
import { policyOf, readModel, workersOf, workersOption } from './policy.ts';
import { openPool } from './pool.ts';
import { ProgressLine, wholeNumber } from './terminal.ts';
import { openWorld, worldOptions } from './worlds.ts';

/** Whether each of N games was won, 0 or 1, in each of S runs. */
type Wins = number[][];

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- stored --games games.zip [options]',
    what: `The policy is written in each storage format, read back, and plays the games of a split without rules and with the right ones,
every format with the same seeds. A row per format and rules: share of games won, the difference to the first format on the same games and
seeds with a bootstrap interval (95 %, seeds and games resampled), and, with rules, what these add (\`gain\`).`,
    options: {
      policy: { value: 'NAME', default: 'tiny', help: 'A folder of public/models.' },
      formats: {
        value: 'LIST',
        default: 'q0f16,q8f16_1,q4f16_1',
        help: `Formats to compare, the first with the others: ${quantisations.join(', ')}.`,
      },
      games: worldOptions.games,
      split: { value: 'NAME', default: 'valid_seen', help: 'A folder of the games, or validation of the generated homes.' },
      rules: { value: 'FILE', default: 'public/pools/alfworld-right.rules.json', help: 'The right rules.' },
      limit: { value: 'N', default: '140', help: 'Most games.' },
      seeds: { value: 'N', default: '5', help: 'How often each game is played.' },
      out: {
        value: 'DIR',
        help: 'Writes the policy in the last of the formats too: below public/models it can be played and trained by its name.',
      },
      workers: workersOption,
    },
  },
  run: async (values) => {
    const formats = (values.formats as string).split(',').map((name): Quantisation => {
      const known = quantisations.find((each) => each === name);
      if (!known) throw new UserError(`"${name}" is not a storage format; there are ${quantisations.join(', ')}.`);
      return known;
    });
    const [seeds, limit, workers] = [
      wholeNumber('seeds', values.seeds as string),
      wholeNumber('limit', values.limit as string),
      workersOf(values.workers),
    ];
    const host = new LocalHost(await openWorld('alfworld', { games: values.games }));
    const panel = await makePanel(host, values.split as string, limit);
    const right = await openPool(values.rules as string);
    const model = await readModel(values.policy as string);
    const keysOf = keyFunction(defaultConfig.keys);
    const line = new ProgressLine();
    const total = formats.length * 2 * seeds * panel.tasks.length;
    let over = 0;
    const first = new Map<string, Wins>();
    for (const format of formats) {
      const files = await writeMlc(model, format);
      if (values.out !== undefined && format === formats.at(-1)) await writeFolder(values.out, files);
      const bytes = [...files].reduce((sum, [name, file]) => (name.startsWith('params') ? sum + file.length : sum), 0);
      const policy = await policyOf(values.policy as string, await readMlc(memorySource(files)), 'wasm', workers);
      let without: Wins = [];
      for (const rules of ['none', 'right'] as const) {
        const wins: Wins = [];
        for (let seed = 1; seed <= seeds; seed++) {
          const { trajectories } = await evaluate({
            policy,
            host,
            panel,
            rulesFor: (task) => workingRules(rules === 'none' ? emptyPool : right, keysOf(task), defaultConfig.k),
            rules: rules === 'none' ? 'none' : 'pool',
            adapter: false,
            steps: 50,
            rng: new Rng(seed).split('evaluation'),
            iteration: 0,
            onStep: (_trajectories, finished) => line.show(over + finished, total, `${format}, rules ${rules}, seed ${seed} of ${seeds}`),
          });
          over += panel.tasks.length;
          wins.push(trajectories.map(({ won }) => (won ? 1 : 0)));
        }
        if (!first.has(rules)) first.set(rules, wins);
        const row = {
          bench: 'stored',
          policy: values.policy,
          format,
          bytes,
          rules,
          success: share(wins),
          games: panel.tasks.length,
          seeds,
        };
        const gain = rules === 'none' ? {} : { gain: difference(wins, without) };
        console.log(JSON.stringify({ ...row, againstFirst: difference(wins, first.get(rules) as Wins), ...gain }));
        without = wins;
      }
      policy.dispose();
    }
    line.end();
  },
};

const points = (x: number): number => Number((100 * x).toFixed(1));
const share = (wins: Wins): number => points(mean(wins.flat()));

/** In points, with its interval. */
function difference(wins: Wins, others: Wins): { points: number; ci95: number[] } {
  const apart = wins.map((row, s) => row.map((won, n) => won - (others[s]?.[n] as number)));
  return { points: points(mean(apart.flat())), ci95: bootstrap(apart, new Rng(1).split('stored')).map(points) };
}
