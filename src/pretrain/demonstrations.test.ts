import { describe, expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { Rng } from '../lib/rng.ts';
import { Tokenizer } from '../policy/tokenizer.ts';
import { understand, wordings } from '../rules/language.ts';
import { makeTokenizer, sequences } from './corpus.ts';
import { demonstrate } from './demonstrations.ts';

const homes = await GeneratedHomes.create({ seed: 1 });
const rng = new Rng(1);
const many = Array.from({ length: 300 }, (_, i) => demonstrate(homes, i, rng));

const rulesIn = (prompt: string): string[] => [...prompt.matchAll(/^- (.*)$/gm)].map((line) => line[1] as string);

describe('demonstrations', () => {
  test('the same index and seed give the same text', () => {
    expect(demonstrate(homes, 7, new Rng(1))).toEqual(many[7]);
    expect(demonstrate(homes, 7, new Rng(2))).not.toEqual(many[7]);
  });

  test('a procedure that a rule states is carried out and wins; unstated it is mostly left out', () => {
    const counts = { told: { won: 0, n: 0 }, untold: { won: 0, n: 0 } };
    for (const { segments, family, won } of many) {
      if (!['clean', 'heat', 'cool'].includes(family)) continue;
      const told = rulesIn(segments[0]?.text ?? '').some((rule) => {
        const advice = understand(rule);
        return advice?.kind === 'procedure' && advice.family === family;
      });
      const count = counts[told ? 'told' : 'untold'];
      count.n++;
      if (won) count.won++;
    }
    expect(counts.told.n).toBeGreaterThan(30);
    expect(counts.told.won / counts.told.n).toBeGreaterThan(0.95);
    expect(counts.untold.won / counts.untold.n).toBeLessThan(0.35);
  });

  test('no rule in a prompt uses a wording that is held out', () => {
    const advices = many.flatMap(({ segments }) => rulesIn(segments[0]?.text ?? ''));
    for (const text of advices) {
      const advice = understand(text);
      expect(advice, text).not.toBeNull();
      if (advice) expect(wordings(advice, 'heldOut')).not.toContain(text);
    }
  });

  test("only the agent's own words carry loss, and slips do not", () => {
    const tokenizer = new Tokenizer(makeTokenizer(homes, rng, 200, 600));
    const [sequence] = sequences(homes, tokenizer, rng, 7, 1, 4096);
    const said = Array.from(sequence?.ids ?? []).filter((_, i) => sequence?.lossMask[i] === 1);
    const expected = many[7]?.segments.filter((segment) => segment.say).map((segment) => segment.text).join('');
    expect(tokenizer.decode(said)).toBe(expected);
  });
});
