import { describe, expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import type { BackendName } from '../backend.ts';
import { offerGpu } from '../gpu.node.ts';
import { commands, play, seen, sentences, smallConfig, smallPolicy } from './testing.ts';

const gpu = await offerGpu();
const backends: BackendName[] = gpu ? ['cpu', 'wasm', 'webgpu'] : ['cpu', 'wasm'];
test.skipIf(gpu)('webgpu is left out here: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES)', () => {});

describe('a session', () => {
  test('decides the same for a row whoever else is in the batch', async () => {
    const policy = await smallPolicy('wasm');
    const together = await play(policy, [3, 2]);
    const alone = await play(policy, [3, 2], 3, 1, [3]);
    expect(alone.said.get(3)).toEqual(together.said.get(3));
    expect(alone.tokens[0]).toEqual(together.tokens[3]);
    policy.dispose();
  });

  test('says only offered answers, ends each, and reads a shared prompt once', async () => {
    const policy = await smallPolicy('wasm');
    const { said, tokens, fed } = await play(policy, [4]);
    for (const answers of said.values()) for (const answer of answers) expect(commands).toContain(answer);
    const text = policy.tokenizer.decode((tokens[0]?.ids ?? []).slice(1));
    expect(text.startsWith(`Task 0: find a mug.\n${sentences[1]}\n>${said.get(0)?.[0]}${seen}${said.get(0)?.[1]}`)).toBe(true);
    expect(fed).toBeLessThan(tokens.reduce((sum, row) => sum + row.ids.length, 0));
    policy.dispose();
  });

  test.each(backends)(
    'the first token is weighed by the share of what would follow that is allowed (%s)',
    async (backend) => {
      const policy = await smallPolicy(backend);
      const { tokens } = await play(policy, [2], 2);
      const { words } = policy.tokenizer;
      const answers = commands.map((command) => policy.tokenizer.encode(command));
      let weighed = 0;
      for (const { ids, choices: made } of tokens) {
        for (const { at, allowed, prior } of made) {
          if (!prior) continue;
          for (const [a, verb] of allowed.entries()) {
            if (prior[a] === 0) continue;
            const next = [...new Set(answers.filter(([first]) => first === verb).map((answer) => answer[1] as number))];
            const scored = await policy.logprobs(
              next.map((id) => ({ ids: [...ids.slice(0, at), verb, id], choices: [{ at: at + 1, allowed: words, logprob: 0 }] })),
            );
            const share = scored.reduce((sum, [logprob]) => sum + Math.exp(logprob as number), 0);
            expect(prior[a]).toBeCloseTo(Math.log(Math.max(share, 1e-4)), 3);
            weighed++;
          }
        }
      }
      expect(weighed).toBeGreaterThan(3);
      policy.dispose();
    },
    120_000,
  );

  test.skipIf(!gpu)(
    'draws the same on WebGPU as on cpu, and foresees the same',
    async () => {
      const played = [];
      for (const backend of ['cpu', 'webgpu'] as const) {
        const policy = await smallPolicy(backend);
        played.push(await play(policy, [2, 1], 3));
        policy.dispose();
      }
      const [plain, graphics] = played as [Awaited<ReturnType<typeof play>>, Awaited<ReturnType<typeof play>>];
      expect(graphics.said).toEqual(plain.said);
      expect(graphics.fed).toBe(plain.fed);
      const numbers = ({ tokens }: typeof plain) =>
        tokens.flatMap(({ choices }) => choices.flatMap(({ logprob, prior = [] }) => [logprob, ...prior]));
      const expected = numbers(plain);
      expect(expected.length).toBeGreaterThan(20);
      numbers(graphics).forEach((x, i) => expect(x).toBeCloseTo(expected[i] as number, 4));
    },
    120_000,
  );

  test('temperature 0 takes the likeliest token everywhere', async () => {
    const policy = await smallPolicy('wasm');
    const { tokens, said } = await play(policy, [2], 1, 0);
    expect(said.get(0)).toEqual(said.get(1));
    for (const choice of tokens[0]?.choices ?? []) expect(choice.logprob).toBeGreaterThanOrEqual(-Math.log(choice.allowed.length));
    policy.dispose();
  });

  test('answers null, and changes nothing, when text and answer would not fit the context', async () => {
    const policy = await smallPolicy('wasm');
    const session = await policy.start([{ text: 'Task.\n>', copies: 2 }]);
    const long = 'x'.repeat(smallConfig.context - 20);
    const act = (row: number, read: string) => ({ row, read, choices: commands, rng: new Rng(row) });
    const before = structuredClone(session.tokens(0));
    const decisions = await session.act([act(0, long), act(1, 'Nothing.\n>')], { temperature: 1 });
    expect(decisions[0]?.choice).toBeNull();
    expect(commands).toContain(decisions[1]?.choice);
    expect(session.tokens(0)).toEqual(before);
    session.finish([0]);
    await expect(session.act([act(0, '')], { temperature: 1 })).rejects.toThrow(/finished/);
    session.dispose();
    policy.dispose();
  });

  test('a prompt longer than the context is refused with a way out', async () => {
    const policy = await smallPolicy('wasm');
    await expect(policy.start([{ text: 'y'.repeat(smallConfig.context), copies: 1 }])).rejects.toThrow(/fewer or shorter rules/);
    policy.dispose();
  });

  test('free speech is one line of at most 48 tokens, never a special token, and scored as it was said', async () => {
    const policy = await smallPolicy('wasm');
    const session = await policy.start([{ text: 'Task: go.\n>', copies: 3 }]);
    const said = await session.say?.(
      [0, 1, 2].map((row) => ({ row, read: '', rng: new Rng(row) })),
      { temperature: 1 },
    );
    for (const [row, decision] of (said ?? []).entries()) {
      const { ids, choices } = session.tokens(row);
      expect(decision.choice).toMatch(/^[^\n]*\n$/);
      expect(choices.length).toBeLessThanOrEqual(48);
      expect(ids.slice(1).some((id) => policy.tokenizer.special.has(id))).toBe(false);
      const [scored] = await policy.logprobs([session.tokens(row)]);
      expect((scored as Float32Array).reduce((a, b) => a + b, 0)).toBeCloseTo(decision.logprob, 3);
    }
    expect(said).toHaveLength(3);
    session.dispose();
  });
});
