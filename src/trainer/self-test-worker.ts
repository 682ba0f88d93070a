/** The self-test in a worker of its own: ending the worker ends the test. */
import { systemClock } from '../lib/clock.ts';
import { sentence } from '../lib/errors.ts';
import { openBackend } from '../policy/backend.ts';
import { openLanguageModel } from './open-language-model.ts';
import { playTest, selfTest, type PlayTest, type SelfTestRow } from './self-test.ts';
import { wasmUrls } from './wasm-urls.ts';

export type SelfTestEvent =
  | { type: 'opening'; what: string; done: number; total: number }
  | { type: 'opened'; backend: string; serving: string; memory: string }
  | { type: 'row'; row: SelfTestRow }
  | { type: 'played'; result: PlayTest }
  | { type: 'done' }
  | { type: 'failed'; message: string };

const scope = self as unknown as DedicatedWorkerGlobalScope;
const post = (event: SelfTestEvent): void => scope.postMessage(event);

scope.onmessage = async ({ data: modelId }: MessageEvent<string>): Promise<void> => {
  try {
    const backend = await openBackend(null, { wasmUrls });
    const policy = await openLanguageModel(modelId, async () => backend, {
      download: true,
      opening: (what, done, total) => post({ type: 'opening', what, done, total }),
    });
    post({ type: 'opened', memory: policy.memory, backend: backend.name, serving: policy.how });
    if (policy.info.frozen) post({ type: 'played', result: await playTest(policy, systemClock) });
    else await selfTest(policy, systemClock, (row) => post({ type: 'row', row }));
    policy.dispose();
    post({ type: 'done' });
  } catch (error) {
    post({ type: 'failed', message: sentence(error) });
  }
};
