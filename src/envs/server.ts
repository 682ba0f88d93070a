/** The worker's side: answers requests from a port with one world and its episodes. */
import { sentence, UserError } from '../lib/errors.ts';
import { loadFiles } from './alfworld/files.ts';
import { GameFiles, GeneratedHomes } from './alfworld/world.ts';
import type { World } from './env.ts';
import { LocalHost } from './host.ts';
import type { CallName, Calls, Port, Request, Response } from './protocol.ts';

export function serve(port: Port): void {
  let host: LocalHost | null = null;
  const reply = (response: Response): void => port.postMessage(response);
  const use = async (world: World): Promise<LocalHost> => (host = new LocalHost(world));
  const current = (): LocalHost => {
    if (!host) throw new UserError('No games are loaded in the environment worker; load games or choose generated homes first.');
    return host;
  };

  async function answer(request: Request): Promise<Calls[CallName]['answer']> {
    switch (request.call) {
      case 'load':
        return loadFiles(request.send.files, request.send.name, (progress) => reply({ id: request.id, type: 'progress', progress }));
      case 'useGames': {
        const world = await GameFiles.create(request.send.name, request.send.games, request.send.wording);
        return { ...(await (await use(world)).info()), note: world.note };
      }
      case 'useHomes':
        return (await use(await GeneratedHomes.create(request.send.options))).info();
      case 'info':
        return current().info();
      case 'tasks':
        return current().tasks(request.send.split, request.send.indices);
      case 'open':
        return current().open(request.send.tasks);
      case 'step':
        return current().step(request.send.actions);
      case 'close':
        await current().close(request.send.episodes);
        return null;
    }
  }

  port.addEventListener('message', (event: MessageEvent) => {
    const request = event.data as Request;
    answer(request).then(
      (value) => reply({ id: request.id, type: 'answer', value }),
      (error: unknown) => reply({ id: request.id, type: 'error', sentence: sentence(error), user: error instanceof UserError }),
    );
  });
  port.start?.();
}
