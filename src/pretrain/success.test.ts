import { expect, test } from 'vitest';
import { UniformPolicy } from '../policy/uniform.ts';
import { say, type ProcedureFamily } from '../rules/language.ts';
import { SuccessPanel } from './success.ts';

/** Chooses by chance, and keeps what it was told. */
class Listener extends UniformPolicy {
  readonly prompts: string[] = [];
  readonly said: number[][] = [];

  override async start(prompts: { text: string; copies: number }[]) {
    this.prompts.push(...prompts.map(({ text }) => text));
    const session = await super.start(prompts);
    this.said.push(...prompts.map((_, row) => session.tokens(row).ids));
    return session;
  }
}

test('the same homes are played without rules and with the right procedure of each, the same way each time', async () => {
  const games = 12;
  const policy = new Listener();
  const panel = await SuccessPanel.open(games);
  const first = await panel.play(policy);
  if (!first) throw new Error('Nobody asked it to end.');
  expect(first).toMatchObject({ games });
  const [without, withRules] = [policy.prompts.slice(0, games), policy.prompts.slice(games)];
  expect(withRules.length).toBe(games);
  const told = new Set<string>();
  without.forEach((text, i) => {
    expect(text).not.toContain('Rules:');
    const rule = /^Rules:\n- (.*)\n/m.exec(withRules[i] as string);
    expect((withRules[i] as string).replace(rule?.[0] ?? '', '')).toBe(text);
    if (rule) told.add(rule[1] as string);
    const words: [RegExp, ProcedureFamily][] = [
      [/Task: .*\bclean/, 'clean'],
      [/Task: .*\bhot\b|Task: heat/, 'heat'],
      [/Task: .*\bcool/, 'cool'],
      [/Task: .*\btwo\b/, 'two'],
      [/Task: .*\b(look at|examine)\b/, 'look'],
    ];
    const family = words.find(([pattern]) => pattern.test(text))?.[1];
    expect(rule?.[1]).toBe(family && say({ kind: 'procedure', family }));
  });
  expect(told.size).toBeGreaterThan(3);
  expect(await panel.play(policy)).toEqual(first);
  expect(policy.said.slice(2 * games)).toEqual(policy.said.slice(0, 2 * games));
  expect(policy.said[0]?.length).toBeGreaterThan(3);
});

test('a measurement that is asked to stop ends before the next joint step and counts nothing', async () => {
  const panel = await SuccessPanel.open(3);
  const policy = new Listener();
  // As a signal is: heard when the thread has a pause.
  let signal = false;
  setImmediate(() => (signal = true));
  expect(await panel.play(policy, () => signal)).toBeNull();
  policy.prompts.length = 0;
  let asked = 0;
  expect(await panel.play(policy, () => ++asked > 5)).toBeNull();
  expect(asked).toBe(6);
  expect(await panel.play(policy, () => true)).toBeNull();
  expect(policy.prompts.length).toBe(3);
  expect(await panel.play(policy)).toMatchObject({ games: 3 });
});
