import { describe, expect, test } from 'vitest';
import { clippedSurrogate } from '../../algo/grpo.ts';
import { playsWell, verdictOf } from '../../trainer/language-models.ts';
import { playTest, selfTest } from '../../trainer/self-test.ts';
import { Tokenizer } from '../tokenizer.ts';
import { adapterRepository } from './reload-sync.ts';
import {
  chatMl,
  clock,
  furthest,
  learn,
  llama3,
  openFrozen,
  openPolicy,
  play,
  qwen,
  requests,
  sampled,
  tokenizerJson,
} from './testing-policy.ts';

const loss = clippedSurrogate({ clip: 0.2, beta: 0 });

describe.each([
  ['batched, in place', [], ['q4f32_1', 'q4f16_1', 'q0f32', 'q0f16']],
  ['one at a time, in place', ['batch_decode'], ['q0f32']],
  ['one at a time, by reload', ['pipeline'], ['q0f16', 'q4f32_1']],
  ['batched, by reload', ['tensorCacheGet'], ['q4f16_1']],
] as const)('%s', (_name, without, quantisations) => {
  test.each(quantisations)(
    '%s: what is sampled is what is trained on, before and after an update, and with the adapter off',
    async (quantisation) => {
      const { policy, serving, log } = await openPolicy(quantisation, { without: [...without] });
      expect(serving.info.decoding.kind).toBe(
        (without as readonly string[]).some((name) => name !== 'tensorCacheGet') ? 'single' : 'batched',
      );
      expect(serving.info.syncing.kind).toBe(
        (without as readonly string[]).some((name) => name !== 'batch_decode') ? 'reload' : 'in place',
      );
      const before = await play(policy);
      expect(before.said.every((choice) => choice !== null)).toBe(true);
      expect(before.tokens.flatMap(({ choices }) => choices).length).toBeGreaterThan(4);
      expect(furthest(sampled(before.tokens), await policy.logprobs(before.tokens))).toBeLessThan(1e-5);

      const stats = await learn(policy, before.tokens, loss);
      expect(stats.mismatch).toBeLessThan(1e-5);
      expect(stats.kl).toBeGreaterThan(1e-4);
      const after = await play(policy);
      // In half precision the served sum is rounded once more than the trained one.
      const rounding = quantisation === 'q0f16' ? 5e-3 : 1e-5;
      expect(furthest(sampled(after.tokens), await policy.logprobs(after.tokens))).toBeLessThan(rounding);
      expect(furthest(sampled(before.tokens), await policy.logprobs(before.tokens))).toBeGreaterThan(1e-3);

      policy.useAdapter(false);
      const off = await play(policy);
      expect(off.said).toEqual(before.said);
      expect(furthest(sampled(off.tokens), sampled(before.tokens))).toBeLessThan(1e-6);
      expect(log.reloads.length).toBe(serving.info.syncing.kind === 'reload' ? 3 : 1);
      if (log.reloads.length > 1) expect(log.reloads[1]).toBe(adapterRepository('small'));
      policy.dispose();
    },
  );
});

describe('the batched driver', () => {
  test('reads a prompt once, forks it, and says what the public calls say', async () => {
    const batched = await openPolicy('q4f32_1');
    const single = await openPolicy('q4f32_1', { without: ['batch_decode'] });
    const [a, b] = [await play(batched.policy), await play(single.policy)];
    // Chances, alternatives and chosen spans too.
    expect(a.decisions).toEqual(b.decisions);
    expect(a.tokens.map(({ ids }) => ids)).toEqual(b.tokens.map(({ ids }) => ids));
    expect(batched.log.forks).toBe(4);
    expect(Math.max(...batched.log.batches)).toBe(4);
    expect(single.log.batches).toEqual([]);
    // The public call was held to the commands by a grammar, and drew as the batched driver did.
    expect(single.log.requests).toHaveLength(7);
    expect(single.log.requests.every(({ response_format: format }) => format?.type === 'grammar')).toBe(true);
    expect(a.tokens.map(({ choices }) => choices.map(({ at, allowed }) => ({ at, allowed })))).toEqual(
      b.tokens.map(({ choices }) => choices.map(({ at, allowed }) => ({ at, allowed }))),
    );
    expect(furthest(sampled(a.tokens), sampled(b.tokens))).toBeLessThan(1e-6);
  });

  test('a model without roles, which no chat can ask, is read token by token through public calls', async () => {
    const template = {
      ...chatMl,
      system_template: '{system_message}',
      roles: { user: '', assistant: '' },
      seps: [''],
      system_prefix_token_ids: [1],
    };
    const batched = await openPolicy('q0f32', { template });
    const single = await openPolicy('q0f32', { template, without: ['batch_decode'] });
    const [a, b] = [await play(batched.policy), await play(single.policy)];
    expect(single.log.requests).toEqual([]);
    expect(a.said).toEqual(b.said);
    expect(furthest(sampled(a.tokens), sampled(b.tokens))).toBeLessThan(1e-6);
  });

  test('a template with tokens before all text, which WebLLM does not count, is spoken under a grammar too', async () => {
    const template = { ...chatMl, system_prefix_token_ids: [1] };
    const batched = await openPolicy('q0f32', { template });
    const single = await openPolicy('q0f32', { template, without: ['batch_decode'] });
    const [a, b] = [await play(batched.policy), await play(single.policy)];
    expect(single.log.requests).toHaveLength(7);
    expect(b.tokens.map(({ ids }) => ids)).toEqual(a.tokens.map(({ ids }) => ids));
  });

  test.each([
    ['Qwen', qwen],
    ['Llama 3', llama3],
  ])("%s's template: what the public call reads and says, turn after turn, is what the batched driver does", async (_name, template) => {
    const batched = await openPolicy('q0f32', { template });
    const single = await openPolicy('q0f32', { template, without: ['batch_decode'] });
    // One row alone: each request goes on where the last one ended.
    for (const { policy } of [batched, single]) policy.useAdapter(false);
    const [a, b] = await Promise.all(
      [batched, single].map(async ({ policy }) => {
        const session = await policy.start([{ text: 'Task: see a mug.\n>', copies: 1 }]);
        for (const read of ['', 'You see a plate 1.\n>', 'You see a mug 2.\n>']) await session.act(requests([0], read), { temperature: 1 });
        return { tokens: [session.tokens(0)], logprobs: await policy.logprobs([session.tokens(0)]) };
      }),
    );
    expect(single.log.requests).toHaveLength(3);
    expect(b?.tokens[0]?.ids).toEqual(a?.tokens[0]?.ids);
    for (const each of [a, b]) expect(furthest(sampled(each?.tokens ?? []), each?.logprobs ?? [])).toBeLessThan(1e-5);
  });

  test('a template whose later turns the engine reads otherwise is refused too', async () => {
    const tokenizer = new Tokenizer(tokenizerJson);
    const chat = { conv: { ...chatMl, seps: ['</s>\n', '</s>\n\n'] }, tokenizer };
    const { policy } = await openPolicy('q0f32', { without: ['batch_decode'], chat });
    await expect(play(policy)).rejects.toThrow(/WebLLM read the prompt as \d+ tokens, this page as \d+/);
  });

  test('a template that the engine reads otherwise is refused before anything is learnt from it', async () => {
    const tokenizer = new Tokenizer(tokenizerJson);
    const other = { conv: { ...chatMl, role_content_sep: '\n\n' }, tokenizer };
    const { policy } = await openPolicy('q0f32', { without: ['batch_decode'], chat: other });
    await expect(play(policy)).rejects.toThrow(/WebLLM read the prompt as \d+ tokens, this page as \d+/);
  });

  test('gives the same answers when its cache is too small for all rows at once', async () => {
    const roomy = await play((await openPolicy('q4f32_1')).policy);
    const { policy, log } = await openPolicy('q4f32_1', { cacheTokens: 200 });
    const tight = await play(policy);
    expect(tight.said).toEqual(roomy.said);
    expect(tight.tokens).toEqual(roomy.tokens);
    expect(Math.max(...log.batches)).toBeLessThan(4);
    expect(log.forks).toBeGreaterThan(4);
  });

  test('an observation that does not fit the context ends the row, and the others go on', async () => {
    const { policy } = await openPolicy('q4f32_1');
    const session = await policy.start([{ text: 'Task.\n>', copies: 2 }]);
    const [long, short] = await session.act([...requests([0], 'You see a mug 2.'.repeat(40)), ...requests([1], '')], { temperature: 0 });
    expect(long?.choice).toBeNull();
    expect(short?.choice).not.toBeNull();
    await expect(policy.start([{ text: 'word '.repeat(400), copies: 1 }])).rejects.toThrow(/context is 300; use fewer or shorter rules/);
  });
});

test('the frozen model writes JSON at temperature 0 under a schema', async () => {
  const { policy, log, serving } = await openPolicy('q0f32', { answer: () => '{"edits":[]}' });
  const { tokens } = await play(policy);
  await learn(policy, tokens, loss);
  await policy.syncWeights();
  expect(await policy.writeJson('Reflect.', { type: 'object' })).toBe('{"edits":[]}');
  expect(serving.version).toBe(0);
  expect(log.requests[0]).not.toHaveProperty('extra_body');
  expect(log.requests[0]).toMatchObject({ temperature: 0, response_format: { type: 'json_object', schema: '{"type":"object"}' } });
});

test('the self-test plays, learns and compares, and its second row is about other weights', async () => {
  const { policy } = await openPolicy('q4f32_1', { context: 512 });
  const rows = await selfTest(policy, clock, () => {});
  expect(rows.map(({ what }) => what)).toEqual(['before an update', 'after an update']);
  for (const { largest, choices } of rows) {
    expect(choices).toBeGreaterThan(8);
    expect(largest).toBeLessThan(1e-5);
  }
  const [before, after] = rows;
  expect(before?.moved).toBeNull();
  // Far more than the two sides differ by: the agreement is about weights that have changed.
  expect(after?.moved?.largest).toBeGreaterThan(1e-3);
  expect(rows.map(verdictOf)).toEqual(['agree', 'agree']);
  expect(policy.weightVersion).toBe(1);
});

test('a self-test whose update did nothing does not pass', async () => {
  const { policy } = await openPolicy('q4f32_1', { context: 512 });
  const idle = {
    start: policy.start.bind(policy),
    logprobs: policy.logprobs.bind(policy),
    update: async () => ({}) as Awaited<ReturnType<typeof policy.update>>,
  };
  const rows = await selfTest(idle, clock, () => {});
  expect(rows[1]?.moved).toEqual({ largest: 0, mean: 0 });
  expect(rows.map(verdictOf)).toEqual(['agree', 'still']);
});

test('the self-test of a model that only plays: allowed answers, read again as they were said, and a schema kept to', async () => {
  const wellSaid = await openFrozen('q4f32_1', { context: 512, answer: () => '{"edits":[{"op":"ADD","text":"Look in cabinets first."}]}' });
  const result = await playTest(wellSaid.policy, clock);
  expect(result).toMatchObject({ answers: 12, allowed: 12, json: true });
  expect(result.choices).toBeGreaterThan(8);
  expect(result.largest).toBeLessThan(1e-5);
  expect(playsWell(result)).toBe(true);
  const illSaid = await openFrozen('q4f32_1', { context: 512, answer: () => 'Look first.' });
  const other = await playTest(illSaid.policy, clock);
  expect(other).toMatchObject({ allowed: 12, json: false });
  expect(playsWell(other)).toBe(false);
  expect(playsWell({ ...result, allowed: 11 })).toBe(false);
  expect(playsWell({ ...result, largest: NaN })).toBe(false);
});
