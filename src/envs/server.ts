/** The worker's side: answers requests from a port with one world and its episodes. */
import { sentence, UserError } from '../lib/errors.ts';
import { AlfworldEnv } from './alfworld/engine.ts';
import { loadFiles } from './alfworld/files.ts';
import { goalSentence } from './alfworld/game.ts';
import { plan } from './alfworld/planner.ts';
import { GameFiles, GeneratedHomes } from './alfworld/world.ts';
import { writeGameFile } from './alfworld/writer.ts';
import type { Env, World } from './env.ts';
import { LocalHost } from './host.ts';
import type { CallName, Calls, Insight, LoadProgress, Port, Request, Response } from './protocol.ts';
import { WebshopEnv } from './webshop/env.ts';
import { advise } from './webshop/expert.ts';
import { loadShop } from './webshop/files.ts';
import { viewOf } from './webshop/view.ts';
import { MadeShop, ShopFiles } from './webshop/world.ts';

function insight(env: Env): Insight {
  if (env instanceof WebshopEnv) {
    const { category: family, instruction } = env.goal;
    return {
      env: 'webshop',
      family,
      goal: instruction.replace(/\.$/, ''),
      shop: viewOf(env),
      best: env.reachable().score,
      advice: advise(env),
    };
  }
  if (!(env instanceof AlfworldEnv)) throw new Error('An episode of an environment without a page.');
  const commands = plan(env);
  return {
    env: 'alfworld',
    family: env.game.family,
    goal: goalSentence(env.game),
    shortest: commands?.length ?? null,
    advice: commands?.[0] ?? null,
  };
}

/** @param world to begin with; without, a request has to choose one. */
export function serve(port: Port, world: World | null = null): void {
  let host: LocalHost | null = world && new LocalHost(world);
  const reply = (response: Response): void => port.postMessage(response);
  const use = async (world: World): Promise<LocalHost> => (host = new LocalHost(world));
  const current = (): LocalHost => {
    if (!host) throw new UserError('No world is loaded in the environment worker; load games or a shop, or choose generated ones first.');
    return host;
  };

  async function answer(request: Request): Promise<Calls[CallName]['answer']> {
    const tell = (phase: LoadProgress['phase'], done: number, total: number): void =>
      reply({ id: request.id, type: 'progress', progress: { phase, done, total } });
    const onProgress = ({ done, total }: { done: number; total: number }): void => tell('reading', done, total);
    switch (request.call) {
      case 'load':
        return loadFiles(request.send.files, request.send.name, onProgress);
      case 'useGames': {
        const world = await GameFiles.create(request.send.name, request.send.games, request.send.wording);
        return { ...(await (await use(world)).info()), note: world.note };
      }
      case 'useHomes':
        return (await use(await GeneratedHomes.create(request.send.options))).info();
      case 'useMadeShop':
        return (await use(await MadeShop.create(request.send.options))).info();
      case 'useShopFiles': {
        const { name, files, options } = request.send;
        const catalogue = await loadShop(files, name, { onProgress });
        const world = await ShopFiles.create(name, catalogue, options, (done, total) => tell('ordering', done, total));
        const { dropped, droppedCount, products } = catalogue;
        return { ...(await (await use(world)).info()), note: world.note, products: products.length, dropped, droppedCount };
      }
      case 'info':
        return current().info();
      case 'tasks':
        return current().tasks(request.send.split, request.send.indices);
      case 'open':
        return current().open(request.send.tasks);
      case 'step':
        return current().step(request.send.actions);
      case 'insight':
        return insight(current().episode(request.send.episode));
      case 'gameFile': {
        const env = current().episode(request.send.episode);
        return env instanceof AlfworldEnv ? writeGameFile(env.game) : null;
      }
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
