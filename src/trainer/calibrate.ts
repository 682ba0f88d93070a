/** How fast the policy plays here: timed once before the first run, so that the page can say how long one will take. */
import { Rng } from '../lib/rng.ts';
import type { Clock } from '../lib/clock.ts';
import type { Policy } from '../policy/policy.ts';
import { episodePrompt, readText, sayText } from '../policy/prompt.ts';

/** Enough rows side by side to be as fast as many, and few enough to take a moment. */
const GROUPS = 2;
const COPIES = 8;
/** The first turn warms up; the others are timed. */
const TURNS = 3;

const shelves = Array.from({ length: 20 }, (_, i) => `shelf ${i + 1}`);
const opening = `You are in the middle of a room. Looking quickly around you, you see a ${shelves.join(', a ')}.`;
const seen = 'You arrive at shelf 3. On the shelf 3, you see a book 1, a cellphone 2, and a creditcard 1.';
const choices = shelves.map((shelf) => sayText(`go to ${shelf}`));

/** Seconds per action of many episodes played side by side. */
export async function secondsPerAction(policy: Policy, clock: Clock): Promise<number> {
  const task = { env: 'alfworld', id: 'calibration', family: 'pick', goal: 'put some book on desk' } as const;
  const prompt = { text: episodePrompt(task, [], opening), copies: COPIES };
  const rng = new Rng(0);
  const session = await policy.start(Array.from({ length: GROUPS }, () => prompt));
  try {
    let started = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      if (turn === 1) started = clock.seconds();
      const read = turn === 0 ? '' : readText(seen);
      await session.act(
        Array.from({ length: GROUPS * COPIES }, (_, row) => ({ row, read, choices, rng: rng.split(row, turn) })),
        { temperature: 1 },
      );
    }
    return (clock.seconds() - started) / (GROUPS * COPIES * (TURNS - 1));
  } finally {
    session.dispose();
  }
}
