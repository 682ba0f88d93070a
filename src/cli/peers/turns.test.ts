import { expect, test } from 'vitest';
import { CheckFailed } from '../../lib/errors.ts';
import { takeTurns, type Contestant, type Row } from './turns.ts';

/** Peers whose steps take the given seconds and end with the given loss; what they did is noted. */
function made(peers: Record<string, { seconds: number[]; loss: number }>) {
  const log: string[] = [];
  const rows: Row[] = [];
  let now = 0;
  const contestants = Object.entries(peers).map(([peer, { seconds, loss }]): Contestant => {
    let steps = 0;
    const step = async () => {
      log.push(peer);
      now += seconds[steps++] as number;
      return loss;
    };
    return { row: { peer }, prepare: () => void log.push(`for ${peer}`), open: () => ({ step, close: () => {} }) };
  });
  const steps = (Object.values(peers)[0]?.seconds.length as number) - 1;
  const comparison = { steps, batch: 2, time: 50, where: 'here', say: (row: Row) => void rows.push(row) };
  return { log, rows, measure: () => takeTurns(comparison, contestants, { seconds: () => now, wall: () => 0 }) };
}

test('peers take turns at every step, each with its own kernels, after one step each that warms up', async () => {
  const { log, measure } = made({ a: { seconds: [1, 1, 1], loss: 2 }, b: { seconds: [1, 1, 1], loss: 2 } });
  await measure();
  const round = ['for a', 'a', 'for b', 'b'];
  expect(log.slice(0, 12)).toEqual([...round, ...round, ...round]);
});

test('a row gives the median and the quartiles of the steps, the first of which is not counted', async () => {
  const { rows, measure } = made({ a: { seconds: [100, 1, 4, 2, 10, 5], loss: 2 }, b: { seconds: [1, 1, 1, 1, 1, 1], loss: 2.00001 } });
  await measure();
  // 100 tokens a step: 10, 20, 25, 50 and 100 a second.
  expect(rows).toEqual([
    { where: 'here', peer: 'a', batch: 2, time: 50, tokensPerSecond: 25, quartiles: '20-50', loss: 2 },
    { where: 'here', peer: 'b', batch: 2, time: 50, tokensPerSecond: 100, quartiles: '100-100', loss: 2 },
  ]);
});

test('steps whose losses do not agree to four decimals are told and then refused', async () => {
  for (const loss of [2.0001, NaN]) {
    const { rows, measure } = made({ a: { seconds: [1, 1], loss: 2 }, b: { seconds: [1, 1], loss } });
    const refused = await measure().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CheckFailed);
    expect(String(refused)).toContain(
      `The losses after 2 steps do not agree to four decimals (a 2.000000, b ${loss.toFixed(6)}), so the rows above do not measure the same`,
    );
    expect(rows).toHaveLength(2);
  }
});
