/** `npm run bench -- sample`: how fast the embedded policy plays, alone and as a group that shares its prompt. */
import { systemClock } from '../lib/clock.ts';
import { Rng } from '../lib/rng.ts';
import { useWideVectors } from '../lib/wide-vectors.node.ts';
import type { Policy } from '../policy/policy.ts';
import type { Bench } from './bench.ts';
import { openPolicy } from './policy.ts';
import { wholeNumber } from './terminal.ts';

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- sample [options]',
    what: `Seconds of one episode and of a group of episodes with one prompt, played by the embedded policy side by side.
An episode is a prompt of rules and 30 turns of an observation and a choice among 16 commands; tokens count what the
policy reads, says and is forced to say, in every episode. The last figure is a group's time over that of one episode.`,
    options: {
      policy: { value: 'NAME', default: 'tiny', help: 'A folder of public/models.' },
      backend: { value: 'NAME', default: 'wasm', help: 'webgpu, wasm or cpu.' },
      group: { value: 'N', default: '8', help: 'Episodes of the group.' },
      rounds: { value: 'N', default: '5', help: 'How often each is played; the fastest counts.' },
    },
  },
  run: async (values) => {
    useWideVectors();
    const group = wholeNumber('group', values.group as string);
    const rounds = wholeNumber('rounds', values.rounds as string);
    const policy = await openPolicy(values.policy as string, values.backend as string);
    const [one, many] = [await fastest(policy, 1, rounds), await fastest(policy, group, rounds)];
    const { name, backend, parameters } = policy.info;
    for (const { copies, seconds, tokens } of [one, many]) {
      const times = copies === 1 ? {} : { timesOne: Number((seconds / one.seconds).toFixed(2)) };
      const row = { policy: name, backend, parameters, episodes: copies, seconds: Number(seconds.toFixed(3)) };
      console.log(JSON.stringify({ ...row, tokensPerSecond: Math.round(tokens / seconds), ...times }));
    }
    policy.dispose();
  },
};

const places = ['cabinet', 'drawer', 'countertop', 'shelf', 'fridge', 'microwave', 'sinkbasin', 'garbagecan'];
const commands = places.flatMap((place) => [1, 2].map((number) => ` go to ${place} ${number}\n`));
const prompt = [
  'Your task is to: put a clean mug in coffeemachine.',
  'Rules:',
  '- Clean a thing at a sinkbasin before you bring it away.',
  '- Mugs are often in a cabinet or on a countertop.',
  'You are in the middle of a room. Looking quickly around you, you see a cabinet 1, a countertop 1, a drawer 1, and a fridge 1.',
  '>',
].join('\n');

async function fastest(policy: Policy, copies: number, rounds: number) {
  let best = Infinity;
  let tokens = 0;
  for (let round = 0; round <= rounds; round++) {
    const started = systemClock.seconds();
    tokens = await play(policy, copies);
    // The first round compiles.
    if (round > 0) best = Math.min(best, systemClock.seconds() - started);
  }
  return { copies, seconds: best, tokens };
}

/** @returns tokens of all episodes, the prompt counted once. */
async function play(policy: Policy, copies: number): Promise<number> {
  const session = await policy.start([{ text: prompt, copies }]);
  const rngs = Array.from({ length: copies }, (_, row) => new Rng(1).split(row));
  for (let turn = 0; turn < 30; turn++) {
    const read = turn === 0 ? '' : `You arrive at drawer ${1 + (turn % 4)}. On the drawer, you see a mug 2, and a plate 1.\n>`;
    const requests = rngs.map((rng, row) => ({ row, read, choices: commands, rng }));
    await session.act(requests, { temperature: 1 });
  }
  const fed = session.tokensFed;
  session.dispose();
  return fed;
}
