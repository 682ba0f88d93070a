import { describe, expect, test } from 'vitest';
import { clippedSurrogate } from '../../algo/grpo.ts';
import { UserError } from '../../lib/errors.ts';
import { Rng } from '../../lib/rng.ts';
import type { ModelFiles } from './model-files.ts';
import type { Reply, Request } from './protocol.ts';
import { ModelWorker, type ServingPort } from './remote.ts';
import { explain, serveModels } from './serve.ts';
import { fakeWebLlm } from './testing.ts';
import { furthest, memoryFiles, openPolicy, play, record, requests, sampled, step, withoutWeights } from './testing-policy.ts';

const loss = clippedSurrogate({ clip: 0.2, beta: 0 });

type Fake = ReturnType<typeof fakeWebLlm>;

/** Both ends as in page and worker: messages are copied, what is transferred is gone from the sender, replies come later. */
function connect(fake: Pick<Fake, 'webllm'>, files: ModelFiles = memoryFiles()) {
  fake.webllm.prebuiltAppConfig.model_list = [record];
  let ended = false;
  const port: ServingPort = {
    onmessage: null,
    postMessage: (message: Request, transfer) => {
      const data = structuredClone(message, { transfer });
      queueMicrotask(() => serve(data));
    },
    terminate: () => (ended = true),
  };
  const serve = serveModels(
    (reply: Reply, transfer) => {
      const data = structuredClone(reply, { transfer });
      queueMicrotask(() => ended || port.onmessage?.({ data } as MessageEvent<Reply>));
    },
    async () => fake.webllm,
    () => files,
    async () => ({ half: true, limits: { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 } }),
  );
  return { worker: new ModelWorker(port), isEnded: () => ended };
}

const overThere = (quantisation: 'q0f32' | 'q4f32_1', more: Parameters<typeof openPolicy>[1] = {}) => {
  const told: string[] = [];
  const opened = openPolicy(quantisation, {
    ...more,
    through: async (fake, _local, files) => {
      const { worker } = connect(fake, files);
      worker.onProgress = ({ progress, text }) => told.push(`${progress} ${text}`);
      return worker.load('small', 'cache', 300);
    },
  });
  return opened.then((rest) => ({ ...rest, told }));
};

describe('a model in another thread', () => {
  test('plays, learns, takes the new weights and plays again as one in this thread does; loading tells how far it is', async () => {
    const [here, there] = [await openPolicy('q4f32_1'), await overThere('q4f32_1')];
    expect(there.told).toEqual(['0 Fetching small', '1 Finish loading']);
    for (const { policy } of [here, there]) {
      const { tokens } = await play(policy);
      await policy.update(
        tokens.map((each, i) => ({ tokens: each, advantage: i % 2 ? 1 : -1 })),
        { ...step, loss, rng: new Rng(1) },
      );
    }
    const [a, b] = [await play(here.policy), await play(there.policy)];
    expect(b).toEqual(a);
    expect(there.policy.how).toMatch(/^Rows are decoded together; new weights are written in place/);
  });

  test('goes on after its device was lost', async () => {
    const here = await play((await openPolicy('q0f32')).policy);
    const { policy, lose, notes } = await overThere('q0f32');
    lose();
    expect((await play(policy)).said).toEqual(here.said);
    expect(notes).toHaveLength(1);
  });

  test('speaks under a grammar, and writes JSON, over the wire', async () => {
    const { policy } = await overThere('q0f32', { without: ['batch_decode'], answer: () => '{"edits":[]}' });
    const { tokens } = await play(policy);
    expect(furthest(sampled(tokens), await policy.logprobs(tokens))).toBeLessThan(1e-5);
    expect(await policy.writeJson('Reflect.', { type: 'object' })).toBe('{"edits":[]}');
    expect(policy.tokensWritten).toBe(15);
  });

  test('answers in the order of asking', async () => {
    const { policy } = await overThere('q0f32');
    const session = await policy.start([{ text: 'Task.\n>', copies: 2 }]);
    const [first, second] = await Promise.all([
      session.act(requests([0], ''), { temperature: 0 }),
      session.act(requests([1], ''), { temperature: 0 }),
    ]);
    expect(first[0]?.choice).toBe(second[0]?.choice);
  });
});

describe('what goes wrong', () => {
  test('a model that is not in the list, and calls before one is loaded, are refused in a sentence for the person', async () => {
    const { worker } = connect(fakeWebLlm({ files: async () => new Map(), config: {} as never }));
    const refused = worker.ask({ type: 'load', record: 'GPT-9', cache: 'cache', longest: 100, chatOptions: {} });
    await expect(refused).rejects.toThrow('WebLLM\'s list has no model named "GPT-9"; the page Models shows those that it has.');
    await expect(refused).rejects.toBeInstanceOf(UserError);
    await expect(worker.ask({ type: 'open', prompts: [] })).rejects.toThrow('No language model is loaded; load one first.');
    await expect(worker.ask({ type: 'feed', sequences: 3, feeds: [] })).rejects.toThrow(/conversations have ended/);
    expect((await worker.ask({ type: 'models' })).map(({ model_id }) => model_id)).toEqual(['small']);
  });

  test('an error inside reaches the caller as one of the program, and the next call is answered', async () => {
    const { worker } = connect(fakeWebLlm({ files: async () => new Map(), config: {} as never }), await withoutWeights());
    const broken = worker.ask({ type: 'load', record: 'small', cache: 'cache', longest: 100, chatOptions: {} });
    await expect(broken).rejects.toBeInstanceOf(Error);
    await expect(worker.ask({ type: 'models' })).resolves.toHaveLength(1);
  });

  test('ending the worker while it loads tells everyone who waits, and whoever asks later, why', async () => {
    const { worker, isEnded } = connect(fakeWebLlm({ files: () => new Promise(() => {}), config: {} as never }), await withoutWeights());
    const told: number[] = [];
    worker.onProgress = ({ progress }) => told.push(progress);
    const loading = worker.ask({ type: 'load', record: 'small', cache: 'cache', longest: 100, chatOptions: {} });
    const behind = worker.ask({ type: 'models' });
    await expect.poll(() => told).toEqual([0]);
    worker.end('The download was stopped.');
    await expect(loading).rejects.toThrow('The download was stopped.');
    await expect(behind).rejects.toThrow('The download was stopped.');
    await expect(worker.ask({ type: 'models' })).rejects.toThrow('The download was stopped.');
    expect(isEnded()).toBe(true);
  });

  test.each([
    [
      Object.assign(new Error('This model requires WebGPU extension shader-f16'), { name: 'ShaderF16SupportError' }),
      /no half precision.*f32/,
    ],
    [Object.assign(new Error('x'), { name: 'WebGPUNotAvailableError' }), /offers no WebGPU/],
    [Object.assign(new Error('x'), { name: 'DeviceLostError' }), /ran out of memory or was lost; choose a smaller model/],
    [
      new TypeError('Failed to fetch'),
      /could not be downloaded; check the connection\. What is already here is kept\. \(Failed to fetch\)/,
    ],
    [Object.assign(new Error('x'), { name: 'QuotaExceededError' }), /no room for this model/],
    [new UserError('As it is.'), /^As it is\.$/],
    [new Error('Internal.'), /^Internal\.$/],
  ])('%s is explained', (error, sentence) => {
    expect(explain(error)).toMatch(sentence);
  });
});
