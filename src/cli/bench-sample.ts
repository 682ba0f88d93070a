/** `npm run bench -- sample`: how fast the embedded policy plays, alone and as a group that shares its prompt. */
import { systemClock } from '../lib/clock.ts';
import { Rng } from '../lib/rng.ts';
import { cores } from '../lib/thread.node.ts';
import type { Policy } from '../policy/policy.ts';
import type { Bench } from './bench.ts';
import { openPolicy } from './policy.ts';
import { wholeNumber } from './terminal.ts';

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- sample [options]',
    what: `Seconds of one episode and of a group of episodes with one prompt, played by the embedded policy side by side.
An episode is a prompt of rules and 30 turns of an observation and a choice among 16 commands; tokens count what the
policy reads, says and is forced to say, in every episode. \`timesOne\` is a group's time over that of one episode in one
thread. \`cpuSeconds\` is processor time of all threads, which neighbours on a shared machine disturb less than \`seconds\`.`,
    options: {
      policy: { value: 'NAME', default: 'tiny', help: 'A folder of public/models.' },
      backend: { value: 'NAME', default: 'wasm', help: 'webgpu, wasm or cpu.' },
      group: { value: 'N', default: '8', help: 'Episodes of the group.' },
      workers: { value: 'N', default: String(cores()), help: 'The group is played by this many threads too (the number of cores).' },
      rounds: { value: 'N', default: '5', help: 'How often each is played; the fastest counts.' },
    },
  },
  run: async (values) => {
    const group = wholeNumber('group', values.group as string);
    const rounds = wholeNumber('rounds', values.rounds as string);
    const workers = wholeNumber('workers', values.workers as string);
    let one = NaN;
    const measure = async (threads: number, sizes: number[]) => {
      const policy = await openPolicy(values.policy as string, values.backend as string, threads);
      const { name, backend, parameters } = policy.info;
      for (const copies of sizes) {
        const { seconds, cpuSeconds, tokens } = await fastest(policy, copies, rounds);
        if (copies === 1) one = seconds;
        const [wall, cpu] = [seconds, cpuSeconds].map((s) => Number(s.toFixed(3)));
        const row = { policy: name, backend, parameters, workers: threads, episodes: copies, seconds: wall, cpuSeconds: cpu };
        const times = copies === 1 ? {} : { timesOne: Number((seconds / one).toFixed(2)) };
        console.log(JSON.stringify({ ...row, tokensPerSecond: Math.round(tokens / seconds), ...times }));
      }
      policy.dispose();
    };
    await measure(1, [1, group]);
    if (workers > 1 && values.backend !== 'webgpu') await measure(workers, [group]);
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
  let leastCpu = Infinity;
  let tokens = 0;
  for (let round = 0; round <= rounds; round++) {
    const started = systemClock.seconds();
    const before = process.cpuUsage();
    tokens = await play(policy, copies);
    const { user, system } = process.cpuUsage(before);
    // The first round compiles.
    if (round === 0) continue;
    best = Math.min(best, systemClock.seconds() - started);
    leastCpu = Math.min(leastCpu, (user + system) / 1e6);
  }
  return { seconds: best, cpuSeconds: leastCpu, tokens };
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
