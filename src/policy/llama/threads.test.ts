import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { clippedSurrogate } from '../../algo/grpo.ts';
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../backend.ts';
import type { PolicySession, TrainSequence } from '../policy.ts';
import { LlamaPolicy } from './policy.ts';
import { forkJoin } from './spread.ts';
import { smallModel, smallPolicy, smallUpdate } from './testing.ts';
import { openThreads, serveEngine } from './threads.ts';
import type { EngineReply, Thread } from './threads.ts';

const choices = [' go to cabinet 1\n', ' go to drawer 1\n', ' take mug 2 from cabinet 1\n', ' look\n', ' inventory\n'];
const options = smallUpdate(clippedSurrogate({ clip: 0.2, beta: 0.1 }));

/** What a thread does, on this one's wasm heap; messages are copied as between threads. */
function threadHere(): Thread {
  let reply = (_: EngineReply): void => {};
  const serve = serveEngine(
    () => openBackend('wasm'),
    clippedSurrogate,
    (message) => reply(structuredClone(message)),
  );
  return {
    post: (request) => serve(structuredClone(request)),
    listen: (onReply) => (reply = onReply),
    end: () => {},
  };
}

/** Two iterations of play and learning, one free line each at the end, and everything that can be told of them. */
async function work(policy: LlamaPolicy) {
  const told: unknown[] = [];
  for (let iteration = 0; iteration < 2; iteration++) {
    const session = await policy.start([3, 2, 4].map((copies, i) => ({ text: `Task ${i}: find a mug.\n>`, copies })));
    const rngs = Array.from({ length: 9 }, (_, row) => new Rng(iteration).split(row));
    for (let turn = 0; turn < 3; turn++) {
      const playing = rngs.map((rng, row) => ({ rng, row })).filter(({ row }) => turn < 2 || row % 3 > 0);
      const read = (row: number) => (turn === 0 ? '' : row % 2 ? 'Nothing happens.\n>' : 'On the cabinet 1, you see a mug 2.\n>');
      told.push(
        await session.act(
          playing.map(({ rng, row }) => ({ row, rng, read: read(row), choices })),
          { temperature: 1 },
        ),
      );
      if (turn === 1) session.finish([0, 3, 6]);
    }
    const say = session.say?.bind(session) as NonNullable<PolicySession['say']>;
    told.push(await say([{ row: 8, rng: rngs[8] as Rng, read: 'You are in a room.\n>' }], { temperature: 1 }), rngs[8]?.uniform());
    const sequences = rngs.map((_, row): TrainSequence => ({ tokens: structuredClone(session.tokens(row)), advantage: row % 2 ? 1 : -1 }));
    const tokens = sequences.map(({ tokens }) => tokens);
    told.push(session.tokensFed, tokens, await policy.logprobs(tokens, { adapter: false }));
    session.dispose();
    told.push(await policy.update(sequences, options));
  }
  told.push(await policy.exportAdapter());
  policy.dispose();
  return told;
}

test.each([1, 2, 3, 5])('%i threads play, score and learn what the policy does alone, to the last bit', async (count) => {
  const alone = await work(await smallPolicy('wasm'));
  const model = smallModel();
  const engines = await openThreads(count, threadHere, model);
  const policy = new LlamaPolicy({ name: 'small', model, backend: { name: 'wasm' }, engines, rank: 2, seed: 5, microTokens: 256 });
  expect(policy.info.workers).toBe(count);
  expect(await work(policy)).toEqual(alone);
});

test('a person is told by a thread what they would be told without', async () => {
  const [engine] = await openThreads(1, threadHere, smallModel());
  await expect(engine?.start([{ text: 'y'.repeat(400), copies: 1 }], false)).rejects.toThrow(/use fewer or shorter rules/);
  engine?.dispose();
});

test('a prompt that one of two threads refuses leaves nothing open on the other', async () => {
  // Threads have a heap each; here both would start the one of this thread.
  await openBackend('wasm');
  const model = smallModel();
  const engines = await openThreads(2, threadHere, model);
  const policy = new LlamaPolicy({ name: 'small', model, backend: { name: 'wasm' }, engines, rank: 2 });
  // Merges the adapter on both, which stays.
  (await policy.start([{ text: 'Task.\n>', copies: 2 }])).dispose();
  // Answered after whatever the threads were told to close.
  const sequence = { ids: [1, 2, 3], choices: [{ at: 2, allowed: [3, 4], logprob: 0 }] };
  const settled = () => Promise.all(engines.map((engine) => engine.logprobs([sequence], true)));
  await settled();
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) {
    const prompts = ['Task.\n>', 'y'.repeat(400)].map((text) => ({ text, copies: 1 }));
    await expect(policy.start(prompts)).rejects.toThrow(/use fewer or shorter rules/);
    await settled();
    expect(tf.memory().numTensors).toBe(before);
  }
  policy.dispose();
});

test('a thread that stops fails what waits for it, and everything after, with a sentence', async () => {
  let stop = (_: string): void => {};
  const opening = openThreads(1, () => ({ post: () => {}, listen: (_, onFailure) => (stop = onFailure), end: () => {} }), smallModel());
  stop('out of memory');
  await expect(opening).rejects.toThrow('A worker thread of the trainer stopped: out of memory');
});

test('jobs are done once each, their results stand in their order, and a cancelled rest is not begun', async () => {
  const engines = [{}, {}] as never[];
  const done: number[] = [];
  const slowFirst = async (_: unknown, job: number) => {
    for (let i = 0; i < (job === 0 ? 50 : 1); i++) await Promise.resolve();
    done.push(job);
    return job * 10;
  };
  expect(await forkJoin(engines, [0, 1, 2, 3], slowFirst)).toEqual([0, 10, 20, 30]);
  expect(done).toEqual([1, 2, 3, 0]);
  done.length = 0;
  const cancel = () => {
    throw new Error('stop');
  };
  await expect(forkJoin(engines, [0, 1, 2, 3], slowFirst, cancel)).rejects.toThrow('stop');
  expect(done).toEqual([1, 0]);
});
