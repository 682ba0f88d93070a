/** The other side of the environment worker: an `EnvHost` whose episodes run behind a port. */
import { UserError } from '../lib/errors.ts';
import type { Task } from '../types.ts';
import type { Game, Wording } from './alfworld/game.ts';
import type { GeneratorOptions } from './alfworld/generator.ts';
import type { LoadedGames } from './alfworld/files.ts';
import type { EnvHost, Observation, StepResult, WorldInfo } from './env.ts';
import type { CallName, Calls, Insight, LoadedShop, LoadProgress, NamedBlob, Port, Response } from './protocol.ts';
import type { GeneratorOptions as ShopGeneratorOptions } from './webshop/generator.ts';
import type { ShopFilesOptions, ShopOptions } from './webshop/world.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  progress: ((progress: LoadProgress) => void) | undefined;
}

export class RemoteHost implements EnvHost {
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;
  private failure: Error | null = null;

  constructor(private readonly port: Port) {
    port.addEventListener('message', (event: MessageEvent) => this.receive(event.data as Response));
    port.start?.();
  }

  /** Rejects everything that waits and everything to come: for a worker that failed to start or was ended. */
  fail(why: string): void {
    this.failure = new UserError(why);
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }

  load(name: string, files: NamedBlob[], onProgress?: (progress: LoadProgress) => void): Promise<LoadedGames> {
    return this.call('load', { name, files }, onProgress);
  }

  useGames(name: string, games: Game[], wording?: Wording): Promise<WorldInfo & { note: string }> {
    return this.call('useGames', { name, games, wording });
  }

  useHomes(options: GeneratorOptions): Promise<WorldInfo> {
    return this.call('useHomes', { options });
  }

  useMadeShop(options: ShopGeneratorOptions & ShopOptions): Promise<WorldInfo> {
    return this.call('useMadeShop', { options });
  }

  useShopFiles(
    name: string,
    files: NamedBlob[],
    options: ShopFilesOptions = {},
    onProgress?: (progress: LoadProgress) => void,
  ): Promise<LoadedShop> {
    return this.call('useShopFiles', { name, files, options }, onProgress);
  }

  info(): Promise<WorldInfo> {
    return this.call('info', {});
  }

  tasks(split: string, indices: number[]): Promise<Task[]> {
    return this.call('tasks', { split, indices });
  }

  open(tasks: Task[]): Promise<{ episode: number; first: Observation }[]> {
    return this.call('open', { tasks });
  }

  step(actions: { episode: number; action: string }[]): Promise<StepResult[]> {
    return this.call('step', { actions });
  }

  insight(episode: number): Promise<Insight> {
    return this.call('insight', { episode });
  }

  gameFile(episode: number): Promise<string | null> {
    return this.call('gameFile', { episode });
  }

  async close(episodes: number[]): Promise<void> {
    await this.call('close', { episodes });
  }

  private call<K extends CallName>(
    call: K,
    send: Calls[K]['send'],
    progress?: (progress: LoadProgress) => void,
  ): Promise<Calls[K]['answer']> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.next++;
    return new Promise((resolve, reject) => {
      // The id ties the answer to this call, so its type is known.
      this.waiting.set(id, { resolve: (value) => resolve(value as Calls[K]['answer']), reject, progress });
      this.port.postMessage({ id, call, send });
    });
  }

  private receive(response: Response): void {
    const waiting = this.waiting.get(response.id);
    if (!waiting) return;
    if (response.type === 'progress') {
      waiting.progress?.(response.progress);
      return;
    }
    this.waiting.delete(response.id);
    if (response.type === 'answer') waiting.resolve(response.value);
    else waiting.reject(response.user ? new UserError(response.sentence) : new Error(response.sentence));
  }
}
