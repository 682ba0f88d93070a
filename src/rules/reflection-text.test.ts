import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../lib/errors.ts';
import type { Decision } from '../policy/policy.ts';
import { Tokenizer } from '../policy/tokenizer.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import type { RuleEdit, Trajectory } from '../types.ts';
import { candidateRules } from './candidates.ts';
import { admitEdits, applyEvent, emptyPool, PoolLog, type Pool } from './pool.ts';
import { PolicyReflector, possibleLines } from './policy-reflector.ts';
import { editsGrammar, keySteps, MOST_EDITS, parseEdits, parseEditsJson, printEdits, reflectionPrompt, reflectionView } from './reflection-text.ts';
import { cleanRuleText } from './text.ts';

const ids = ['r3', 'r7', 'r12'];
const text = fc.string({ unit: 'binary', maxLength: 400 }).map(cleanRuleText).filter((clean) => clean !== null);
const id = fc.constantFrom(...ids);
const edit: fc.Arbitrary<RuleEdit> = fc.oneof(
  fc.record({ op: fc.constant('ADD' as const), scope: fc.constant('cool'), text }),
  fc.record({ op: fc.constant('EDIT' as const), id, text }),
  fc.record({ op: fc.constant('UPVOTE' as const), id }),
  fc.record({ op: fc.constant('DOWNVOTE' as const), id }),
  fc.record({ op: fc.constant('MERGE' as const), ids: fc.shuffledSubarray(ids, { minLength: 2 }), text }),
);

function episode(id: string, won: boolean, actions: string[], goal = 'put a cool lettuce in diningtable'): Trajectory {
  const turns = actions.map((action) => ({ action, observation: action.startsWith('#') ? 'Nothing happens.' : 'You did.', logprob: 0 }));
  const task = { env: 'alfworld' as const, id: 'game', family: 'cool', goal };
  return { id, task, ruleIds: [], opening: '', turns, reward: won ? 1 : 0, won, stop: won ? 'won' : 'steps', advantage: 0, tokenCount: 0 };
}

function poolOf(...texts: string[]): Pool {
  let pool = emptyPool;
  for (const rule of texts)
    pool = applyEvent(pool, { seq: pool.length, iteration: 0, by: 'person', action: { op: 'ADD', scope: 'cool', text: rule }, trajectories: [], why: '' });
  return pool;
}

/** An edit as an item of a JSON answer. */
const itemOf = (one: RuleEdit) => {
  const number = (name: string) => ids.indexOf(name) + 1;
  return { op: one.op, ...('id' in one ? { rule: number(one.id) } : {}), ...('ids' in one ? { rules: one.ids.map(number) } : {}), ...('text' in one ? { text: one.text } : {}) };
};

const cooled = ['go to countertop 2', 'take lettuce 1 from countertop 2', 'go to fridge 1', 'cool lettuce 1 with fridge 1', 'move lettuce 1 to diningtable 1'];
const naive = ['take lettuce 1 from countertop 2', 'move lettuce 1 to diningtable 1'];

describe('the text of edits', () => {
  test('what is printed is read back as it was, whatever the rules say', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: MOST_EDITS }), (edits) => {
        expect(parseEdits(printEdits(edits, ids), ids, ['cool'])).toEqual({ edits, dropped: [] });
      }),
    );
  });

  test('any text is read without an exception, and nothing but edits of listed rules comes out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.array(edit), (noise, edits) => {
        const read = parseEdits(`${noise}\n${printEdits(edits, ids)}`, ids, ['cool']);
        expect(read.edits.length).toBeLessThanOrEqual(MOST_EDITS);
        for (const one of read.edits) for (const named of one.op === 'MERGE' ? one.ids : 'id' in one ? [one.id] : []) expect(ids).toContain(named);
      }),
    );
  });

  test.each(['UPVOTE 4', 'UPVOTE 0', 'UPVOTE', 'UPVOTE 1 2', 'UPVOTE 1: text', 'EDIT 1', 'EDIT 1:  ', 'MERGE 1: text', 'REMOVE 1', 'ADD 1: text', 'ADD: \u200b'])('%j is dropped with a sentence', (line) => {
    const { edits, dropped } = parseEdits(line, ids, ['cool']);
    expect(edits).toEqual([]);
    expect(dropped).toHaveLength(1);
  });

  test('a JSON answer under the schema means the same edits', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: MOST_EDITS }), (edits) => {
        expect(parseEditsJson(JSON.stringify({ edits: edits.map(itemOf) }), ids, ['cool'])).toEqual({ edits, dropped: [] });
      }),
    );
  });

  test('any JSON answer is read without an exception, and every item of it is an edit of listed rules or dropped', () => {
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom<unknown[]>({ toString: 1, valueOf: 1 }, [{ toString: null }], 'A.', '\n', '__proto__', 1, 2, 3, 4, -1, 1e309));
    const op = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('ADD', 'EDIT', 'UPVOTE', 'DOWNVOTE', 'MERGE') }, { weight: 1, arbitrary: value });
    const rules = fc.oneof(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }), value);
    const nearly = fc.record({ op, rule: fc.oneof(fc.integer({ min: 0, max: 4 }), value), rules, text: fc.oneof(text, value) }, { requiredKeys: [] });
    const item = fc.oneof({ weight: 2, arbitrary: edit.map(itemOf) }, { weight: 4, arbitrary: nearly }, { weight: 1, arbitrary: value });
    let read = 0;
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), (items) => {
        const { edits, dropped } = parseEditsJson(JSON.stringify({ edits: items }), ids, ['cool']);
        read += edits.length;
        expect(edits.length).toBeLessThanOrEqual(MOST_EDITS);
        expect(edits.length + dropped.length).toBe(items.length);
        for (const one of edits) {
          for (const named of one.op === 'MERGE' ? one.ids : 'id' in one ? [one.id] : []) expect(ids).toContain(named);
          if ('text' in one) expect(cleanRuleText(one.text)).toBe(one.text);
        }
      }),
      { numRuns: 500 },
    );
    // The answers were not all rubbish.
    expect(read).toBeGreaterThan(200);
  });

  test('an answer that holds no list of edits is dropped with one sentence', () => {
    const answer = fc.oneof(fc.string(), fc.json(), fc.jsonValue().map((edits) => JSON.stringify({ edits: Array.isArray(edits) ? 0 : edits })));
    fc.assert(
      fc.property(answer, (json) => {
        expect(parseEditsJson(json, ids, ['cool'])).toEqual({ edits: [], dropped: [expect.stringMatching(/^The answer /)] });
      }),
    );
  });

  test('the grammar names the listed rules only, and no rule where none is listed', () => {
    expect(editsGrammar(2)).toContain('id ::= "1" | "2"');
    expect(editsGrammar(0)).not.toMatch(/VOTE|EDIT |MERGE|id ::=/);
  });
});

describe('the prompt for reflection', () => {
  const input = { keys: ['cool'], pool: poolOf('The lettuce is often on the shelf.'), group: [episode('a', true, cooled), episode('b', false, naive), episode('c', false, naive)], references: [] };

  test('reads as the head comment shows', () => {
    expect(reflectionPrompt(input)).toBe(
      [
        'Reflect: cool',
        'Rules:',
        '1. The lettuce is often on the shelf.',
        'Task: put a cool lettuce in diningtable.',
        'Won: take lettuce 1 from countertop 2; cool lettuce 1 with fridge 1; move lettuce 1 to diningtable 1',
        'Lost: take lettuce 1 from countertop 2; move lettuce 1 to diningtable 1',
        '>',
      ].join('\n'),
    );
  });

  test('tells only steps that the environment took', () => {
    expect(keySteps(episode('a', false, ['#take mug 1 from shelf 1', 'look', 'open fridge 1', 'use desklamp 1']))).toEqual(['use desklamp 1']);
  });

  test('stays below 700 tokens of the embedded policy however much happened', () => {
    const tokenizer = new Tokenizer(JSON.parse(readFileSync(new URL('../../public/models/tiny/tokenizer.json', import.meta.url), 'utf8')));
    const long = (n: number, won: boolean) => episode(`e${n}`, won, Array.from({ length: 40 }, (_, i) => `take butterknife ${(i * n) % 17} from coffeetable ${(i + n) % 13}`));
    const many = Array.from({ length: 8 }, (_, n) => long(n + 1, n % 2 === 0));
    const pool = poolOf(...Array.from({ length: 20 }, (_, n) => `${n} is where ${'the watering can hides behind ladles '.repeat(8)}`));
    const prompt = reflectionPrompt({ keys: ['cool'], pool, group: many, references: many.slice(0, 5).map((one, i) => ({ ...one, task: { ...one.task, goal: `put a cool thing in place ${i}` } })) });
    expect(tokenizer.encode(prompt).length).toBeLessThanOrEqual(700);
  });
});

/** A policy that is sure of what it says: of the lines that may come next, the ones of these numbers. */
function sayingOneOf(numbers: readonly number[]): UniformPolicy {
  const policy = new UniformPolicy();
  const start = policy.start.bind(policy);
  const left = [...numbers];
  policy.start = async (prompts) => {
    const session = await start(prompts);
    session.act = async ([request]) => [{ choice: request?.choices?.at((left.shift() ?? 0) % request.choices.length) ?? null, logprob: 0 } satisfies Decision];
    return session;
  };
  return policy;
}

describe('the policy as reflector', () => {
  test('whatever it says is a list of valid edits, that can be made one after the other', async () => {
    const pool = poolOf('The lettuce is often on the shelf.', 'Look for the lettuce on the countertop first.', 'Open what is closed.');
    const input = { keys: ['cool'], pool, group: [episode('a', true, cooled), episode('b', false, naive)], references: [] };
    const view = reflectionView(input);
    const lines = possibleLines(view, candidateRules(view), []);
    const listed = view.rules.map((rule) => rule.id);
    for (const line of lines.slice(1)) expect(parseEdits(line, listed, ['cool'])).toMatchObject({ edits: [{}], dropped: [] });
    expect(new Set(lines).size).toBe(lines.length);
    const lengths = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: MOST_EDITS, maxLength: MOST_EDITS }), async (said) => {
        const proposals = await new PolicyReflector(sayingOneOf(said)).reflect(input);
        lengths.add(proposals.length);
        const log = new PoolLog(pool, 1);
        for (const { edit } of proposals) log.record('reflector', edit);
        expect(admitEdits(pool, proposals.map(({ edit }) => edit)).dropped).toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(Math.max(...lengths)).toBe(MOST_EDITS);
  });

  test('an edit that it thinks less likely than not ends its answer', async () => {
    const policy = new UniformPolicy();
    const start = policy.start.bind(policy);
    const chances = [0.9, 0.6, 0.4, 0.9];
    policy.start = async (prompts) => {
      const session = await start(prompts);
      session.act = async ([request]) => [{ choice: request?.choices?.find((line) => line.startsWith(' ADD')) ?? null, logprob: Math.log(chances.shift() ?? 1) } satisfies Decision];
      return session;
    };
    const group = [episode('a', true, cooled), episode('b', false, naive)];
    const proposals = await new PolicyReflector(policy).reflect({ keys: ['cool'], pool: emptyPool, group, references: [] });
    expect(proposals.map(({ edit }) => edit.op)).toEqual(['ADD', 'ADD']);
  });

  test('lists fewer rules where they do not fit its context, and never fails for want of room', async () => {
    const policy = new UniformPolicy();
    const start = policy.start.bind(policy);
    const asked: number[] = [];
    policy.start = (prompts) => {
      const length = prompts[0]?.text.length ?? 0;
      asked.push(length);
      if (length > 300) throw new UserError('Too long.');
      return start(prompts);
    };
    const pool = poolOf(...Array.from({ length: 9 }, (_, n) => `${n} ${'word '.repeat(30)}`));
    await new PolicyReflector(policy).reflect({ keys: ['cool'], pool, group: [episode('a', true, cooled), episode('b', false, naive)], references: [] });
    expect(asked.at(-1)).toBeLessThanOrEqual(300);
    expect(asked.length).toBeGreaterThan(1);
  });
});
