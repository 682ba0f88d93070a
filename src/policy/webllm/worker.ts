/** The worker in which WebLLM runs; the package itself is fetched when the first call needs it. */
import type { WebLlm } from './engine.ts';
import type { Request } from './protocol.ts';
import { serveModels } from './serve.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const serve = serveModels(
  (reply, transfer) => scope.postMessage(reply, transfer),
  async () => (await import('@mlc-ai/web-llm')) as unknown as WebLlm,
);
scope.onmessage = (event: MessageEvent<Request>): void => serve(event.data);
