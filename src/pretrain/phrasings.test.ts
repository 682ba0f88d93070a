import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../lib/rng.ts';
import { procedureFamilies, type Advice } from '../rules/language.ts';
import { cleanRuleText } from '../rules/text.ts';
import { shoppingSteps } from '../rules/shop-language.ts';
import { fromGrammar, idleHomeAdvice, write } from './phrasings.ts';

const advices: Advice[] = [
  ...procedureFamilies.map((family): Advice => ({ kind: 'procedure', family })),
  ...shoppingSteps.map((step): Advice => ({ kind: 'shopping', step })),
  { kind: 'where', object: 'mug', receptacles: ['shelf', 'drawer'] },
];
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

describe('sentences from the grammar', () => {
  test('each is a rule as it stands: one line of clean text, nothing left of frames, a capital first and a full stop last', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(...advices), fc.boolean(), (seed, advice, exactNames) => {
        const text = fromGrammar(advice, new Rng(seed), { exactNames, object: 'mug' });
        expect(cleanRuleText(text)).toBe(text);
        expect(text).toMatch(/^[A-Z][^{}<>|@()]*[.?]$/);
        expect(text.length).toBeLessThan(200);
      }),
      { numRuns: 3000 },
    );
  });

  test('of an advice thousands can be told', () => {
    for (const advice of advices) {
      if (advice.kind === 'where') continue;
      const rng = new Rng(1);
      const drawn = Array.from({ length: 2000 }, () => fromGrammar(advice, rng));
      expect(new Set(drawn).size, JSON.stringify(advice)).toBeGreaterThan(advice.kind === 'shopping' ? 400 : 1200);
    }
  });

  test('a sentence about a workplace names it and the deed, by the name that the room has where so asked, or the wrong one where so asked', () => {
    const names = { clean: /sink|basin|\btap\b/, heat: /microwave/, cool: /fridge|refrigerator|icebox/ };
    const deeds = {
      clean: /clean|wash|rins|scrub|spotless|dirty|filthy/i,
      heat: /heat|hot|warm|cook|cold|chilly/i,
      cool: /cool|cold|chill|refresh|warm/i,
    };
    const exact = { clean: 'sinkbasin', heat: 'microwave', cool: 'fridge' };
    fc.assert(
      fc.property(seeds, fc.constantFrom('clean' as const, 'heat' as const, 'cool' as const), (seed, family) => {
        const advice: Advice = { kind: 'procedure', family };
        expect(fromGrammar(advice, new Rng(seed))).toMatch(names[family]);
        expect(fromGrammar(advice, new Rng(seed), { exactNames: true })).toContain(exact[family]);
        // Where places have exchanged their names, only the deed tells for which task it is.
        expect(fromGrammar(advice, new Rng(seed), { workplace: 'garbagecan' })).toMatch(deeds[family]);
        const wrong = fromGrammar(advice, new Rng(seed), { workplace: 'garbagecan' });
        expect(wrong).toContain('garbagecan');
        expect(wrong).not.toMatch(names[family]);
      }),
      { numRuns: 1000 },
    );
  });

  test('advice of no consequence names no workplace and no lamp, and asks for no second thing', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(idleHomeAdvice(new Rng(seed))).not.toMatch(/sink|basin|microwave|fridge|lamp|second|another|two/i);
      }),
    );
  });

  test('a frame takes one of its alternatives, innermost first, and words hold frames of their own', () => {
    const words = { N: ['{big|small} house'], V: ['wash @ off'] };
    const seen = new Set(Array.from({ length: 200 }, (_, i) => write('{the|{a|one}} <N>: V({it|them}) .', words, new Rng(i))));
    expect(seen.size).toBe(12);
    expect(seen).toContain('One small house: wash them off.');
  });
});
