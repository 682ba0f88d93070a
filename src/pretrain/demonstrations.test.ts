import { describe, expect, test } from 'vitest';
import { Rng } from '../lib/rng.ts';
import { Tokenizer } from '../policy/tokenizer.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { procedureFamilies, wordings, type Advice } from '../rules/language.ts';
import { shoppingSteps } from '../rules/shop-language.ts';
import { readRules } from '../storage/transfer.ts';
import { makeTokenizer, openWorlds, sequences } from './corpus.ts';
import { demonstrate, drill } from './demonstrations.ts';
import { demonstrateContrast, demonstrateReflection } from './reflections.ts';
import { demonstrateShopping, drillShopping } from './shopping.ts';

const worlds = await openWorlds();
const { homes, shop } = worlds;
const rng = new Rng(1);
const many = Array.from({ length: 300 }, (_, i) => demonstrate(homes, i, rng));

/** The words of a procedure's sentences, ready or drawn from the grammar: a deed, and its workplace where it has one. */
const speaksOf: Record<string, RegExp[]> = {
  clean: [/clean|wash|rins|scrub|spotless/i, /sink|basin|\btap\b/i],
  heat: [/heat|hot|warm|cook/i, /microwave/i],
  cool: [/cool|cold|chill|refresh/i, /fridge|refrigerator|icebox/i],
  two: [/\b(two|twice|second|other|another|both|pair|one)\b/i],
  look: [/lamp|light/i],
};
const isAbout = (family: string, rule: string): boolean => speaksOf[family]?.every((words) => words.test(rule)) ?? false;

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
      const told = rulesIn(segments[0]?.text ?? '').some((rule) => isAbout(family, rule));
      const count = counts[told ? 'told' : 'untold'];
      count.n++;
      if (won) count.won++;
    }
    expect(counts.told.n).toBeGreaterThan(30);
    expect(counts.told.won / counts.told.n).toBeGreaterThan(0.95);
    expect(counts.untold.won / counts.untold.n).toBeLessThan(0.35);
  });

  test('in a drill a thing is cleaned, heated or cooled where a rule about just that says, whatever things are called, and nowhere else', () => {
    let told = 0;
    let elsewhere = 0;
    for (let i = 0; i < 400; i++) {
      const { segments, family } = drill(homes, i, rng);
      if (!['clean', 'heat', 'cool'].includes(family)) continue;
      const prompt = segments[0]?.text ?? '';
      const processed = segments.find(({ text }) => text.startsWith(` ${family} `))?.text;
      if (processed === undefined) continue;
      const place = /with ([a-z]+) \d+\n$/.exec(processed)?.[1] as string;
      const about = speaksOf[family]?.[0] as RegExp;
      expect(
        rulesIn(prompt).some((rule) => about.test(rule) && rule.includes(place)),
        prompt + processed,
      ).toBe(true);
      told++;
      if (!['sinkbasin', 'microwave', 'fridge'].includes(place)) elsewhere++;
    }
    expect(told).toBeGreaterThan(30);
    expect(elsewhere / told).toBeGreaterThan(0.7);
  });

  test('no rule in a prompt uses a wording that is held out', () => {
    const fixed: Advice[] = [
      ...procedureFamilies.map((family): Advice => ({ kind: 'procedure', family })),
      ...shoppingSteps.map((step): Advice => ({ kind: 'shopping', step })),
    ];
    const heldOut = new Set(fixed.flatMap((advice) => wordings(advice, 'heldOut')));
    const pools = new URL('../../public/pools/', import.meta.url);
    const files = readdirSync(pools, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => /(paraphrased|everyday|typed).*\.json$/.test(name))) {
      for (const { text } of readRules(readFileSync(new URL(file, pools), 'utf8'), file).rules) heldOut.add(text);
    }
    expect(heldOut.size).toBeGreaterThan(110);
    for (const text of many.flatMap(({ segments }) => rulesIn(segments[0]?.text ?? ''))) expect(heldOut).not.toContain(text);
  });

  test("the agent's words carry most of the loss, some of the environment's a little, slips none", () => {
    const tokenizer = new Tokenizer(makeTokenizer(worlds, rng, 200, 600));
    const [sequence] = sequences(worlds, tokenizer, rng, 0, 1, 4096);
    if (!sequence?.weights) throw new Error('There is no sequence with weights.');
    const { ids, weights } = sequence;
    const text = Array.from(ids, (id) => tokenizer.decode([id]));
    // What carries full loss is a list of whole lines, each of them after the mark that asks for an action.
    let said = '';
    for (let i = 1; i < text.length; i++) {
      if ((weights[i] as number) >= 1) {
        if (said === '') expect(text[i - 1]).toBe('>');
        said += text[i];
      } else {
        if (said !== '') expect(said).toMatch(/^ [^\n]+\n$/);
        said = '';
      }
    }
    expect(weights[0]).toBe(0);
    expect([...weights].some((weight) => weight > 0 && weight < 1)).toBe(true);
  });

  test('a shopper does what the rules say: options named in a rule are chosen, unstated ones mostly not', () => {
    const counts = { told: { chose: 0, n: 0 }, untold: { chose: 0, n: 0 } };
    for (let i = 0; i < 300; i++) {
      const { segments } = demonstrateShopping(shop, i, rng);
      const told = rulesIn(segments[0]?.text ?? '').some((rule) => /option|size|colou?r/i.test(rule) && !/search|query/i.test(rule));
      const page = segments.findLast((segment) => segment.by === 'environment')?.text ?? '';
      if (!/\[SEP\] (color|size) \[SEP\]/.test(page)) continue;
      const bought = segments.filter(({ by }) => by === 'agent').map(({ text }) => text);
      const count = counts[told ? 'told' : 'untold'];
      count.n++;
      if (bought.some((text) => /^ click\[(?!B0|<|buy now)/.test(text))) count.chose++;
    }
    expect(counts.told.n).toBeGreaterThan(20);
    expect(counts.told.chose / counts.told.n).toBeGreaterThan(0.6);
    expect(counts.untold.chose / counts.untold.n).toBeLessThan(0.3);
  });

  test('a shopping drill lists a few results as the shop spells them, or ends with its search', () => {
    let short = 0;
    for (let i = 0; i < 100; i++) {
      const texts = drillShopping(shop, i, rng).segments.map(({ text }) => text);
      if (texts.length === 2) {
        expect(texts[1]).toMatch(/^ search\[/);
        continue;
      }
      const results = [...(texts[2] as string).matchAll(/ \[SEP\] (B0[0-9A-Z]{8}) \[SEP\] [^[]+ \[SEP\] \$/g)].map(([, asin]) => asin);
      expect(results.length).toBeLessThanOrEqual(4);
      const opened = texts.find((text) => / click\[B0/.test(text));
      if (opened !== undefined) expect(results).toContain(opened.trim().slice(6, -1));
      short++;
    }
    expect(short).toBeGreaterThan(40);
  });

  test('the answer to a contrast pair is one edit about one thing', () => {
    const answers = Array.from({ length: 60 }, (_, i) => demonstrateContrast(worlds, i, rng).segments.filter(({ by }) => by === 'agent'));
    for (const lines of answers) expect(lines.map(({ text }) => text).join('')).toMatch(/^ (ADD|EDIT|UPVOTE)\b.*\n DONE\n$/);
    expect(new Set(answers.map(([first]) => first?.text.slice(0, 5))).size).toBeGreaterThan(2);
  });

  test('a reflection names the missing procedure when the list of rules lacks it, and votes for it when it is there', () => {
    let added = 0;
    let voted = 0;
    for (let i = 0; i < 200; i++) {
      const { segments, family } = demonstrateReflection(worlds, i, rng);
      const own = family.replace('reflect ', '');
      if (own === 'webshop') continue;
      const prompt = segments[0]?.text ?? '';
      const answer = segments
        .filter(({ by }) => by === 'agent')
        .map(({ text }) => text)
        .join('');
      const about = (text: string) => isAbout(own, text);
      const listed = [...prompt.matchAll(/^\d\. (.*)$/gm)].filter(([, text]) => about(text as string)).length;
      const add = /^ ADD: (.*)$/m.exec(answer);
      if (add) {
        expect(about(add[1] as string), prompt + answer).toBe(true);
        expect(listed).toBe(0);
        added++;
      }
      if (listed === 1 && prompt.includes('Won: ')) {
        expect(answer).toContain('UPVOTE');
        voted++;
      }
    }
    expect(added).toBeGreaterThan(20);
    expect(voted).toBeGreaterThan(20);
  });
});
