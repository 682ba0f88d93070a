/** The rows of `npm run bench -- sample`: episodes of one prompt played side by side, in Node or in a page. */
import { systemClock } from '../../lib/clock.ts';
import { Rng } from '../../lib/rng.ts';
import type { Policy } from '../../policy/policy.ts';

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

export interface Sampling {
  turns: number;
  /** How often each is played; the fastest counts. */
  rounds: number;
  /** Processor seconds of all threads so far, where they can be told. */
  cpuSeconds?: () => number;
}

export interface Played {
  seconds: number;
  cpuSeconds?: number;
  tokens: number;
}

/** Plays `copies` episodes again and again. */
export async function measurePlay(policy: Policy, copies: number, { turns, rounds, cpuSeconds }: Sampling): Promise<Played> {
  let best = Infinity;
  let leastCpu = Infinity;
  let tokens = 0;
  for (let round = 0; round <= rounds; round++) {
    const started = systemClock.seconds();
    const before = cpuSeconds?.() ?? 0;
    tokens = await play(policy, copies, turns);
    // The first round compiles.
    if (round === 0) continue;
    best = Math.min(best, systemClock.seconds() - started);
    leastCpu = Math.min(leastCpu, (cpuSeconds?.() ?? 0) - before);
  }
  return { seconds: best, tokens, ...(cpuSeconds && { cpuSeconds: leastCpu }) };
}

/** @returns tokens of all episodes, the prompt counted once. */
async function play(policy: Policy, copies: number, turns: number): Promise<number> {
  const session = await policy.start([{ text: prompt, copies }]);
  const rngs = Array.from({ length: copies }, (_, row) => new Rng(1).split(row));
  for (let turn = 0; turn < turns; turn++) {
    const read = turn === 0 ? '' : `You arrive at drawer ${1 + (turn % 4)}. On the drawer, you see a mug 2, and a plate 1.\n>`;
    const requests = rngs.map((rng, row) => ({ row, read, choices: commands, rng }));
    await session.act(requests, { temperature: 1 });
  }
  const fed = session.tokensFed;
  session.dispose();
  return fed;
}

/** Measures one episode and a group, and tells both. @param one seconds of one episode, when they are known already. */
export async function compareGroup(
  policy: Policy,
  group: number,
  sampling: Sampling,
  where: string,
  say: (row: object) => void,
  one: number | null = null,
): Promise<number> {
  const { name, backend, parameters, workers = 1 } = policy.info;
  let alone = one;
  for (const episodes of alone === null ? [1, group] : [group]) {
    const { seconds, cpuSeconds, tokens } = await measurePlay(policy, episodes, sampling);
    const round = (s: number) => Number(s.toFixed(3));
    say({
      where,
      policy: name,
      backend,
      parameters,
      workers,
      episodes,
      turns: sampling.turns,
      tokens,
      seconds: round(seconds),
      ...(cpuSeconds !== undefined && { cpuSeconds: round(cpuSeconds) }),
      tokensPerSecond: Math.round(tokens / seconds),
      ...(alone !== null && { timesOne: Number((seconds / alone).toFixed(2)) }),
    });
    alone ??= seconds;
  }
  return alone as number;
}
