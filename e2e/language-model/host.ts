/** A host of weights beside the page, whose answers a test can hold up, cut off and spoil. */
import type { ServerResponse } from 'node:http';
import type { Plugin } from 'vite';

export function weightHost() {
  const files = new Map<string, Buffer>();
  const host = {
    /** Names of the files that were asked for. */
    asked: [] as string[],
    put: (id: string, name: string, bytes: Uint8Array): void => void files.set(`/${id}/resolve/main/${name}`, Buffer.from(bytes)),
    answer: (_name: string, bytes: Buffer, response: ServerResponse): unknown => response.end(bytes),
    plugin: {
      name: 'weights',
      configurePreviewServer({ middlewares }) {
        middlewares.use('/made', (request, response) => {
          const path = request.url ?? '';
          const name = path.slice(path.lastIndexOf('/') + 1);
          const bytes = path.endsWith('.wasm') ? Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]) : files.get(path);
          host.asked.push(name);
          if (bytes) host.answer(name, bytes, response);
          else response.writeHead(404).end();
        });
      },
    } satisfies Plugin,
  };
  return host;
}
