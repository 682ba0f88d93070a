import { describe, expect, test } from 'vitest';
import { Rng } from '../lib/rng.ts';
import { Tokenizer } from '../policy/tokenizer.ts';
import { understand, wordings } from '../rules/language.ts';
import { makeTokenizer, sequences } from './corpus.ts';
import { demonstrate, openNeighbourhood } from './demonstrations.ts';

const homes = await openNeighbourhood(1);
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

  test("the agent's words carry most of the loss, the environment's a little, slips none", () => {
    const tokenizer = new Tokenizer(makeTokenizer(homes, rng, 200, 600));
    const index = many.findIndex(({ segments }) => segments.some((segment) => segment.by === 'slip'));
    const [sequence] = sequences(homes, tokenizer, rng, index, 1, 4096);
    if (!sequence?.weights) throw new Error('There is no sequence with weights.');
    const at = (test: (weight: number) => boolean) => tokenizer.decode(Array.from(sequence.ids).filter((_, i) => i > 0 && test(sequence.weights?.[i] as number)));
    const by = (who: string) => many[index]?.segments.filter((segment) => segment.by === who).map((segment) => segment.text).join('');
    expect(at((weight) => weight >= 1)).toBe(by('agent'));
    expect(at((weight) => weight > 0 && weight < 1)).toBe(by('environment'));
    expect(at((weight) => weight === 0)).toBe(by('slip'));
  });
});
