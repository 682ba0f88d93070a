/** Plays many episodes of one world in this thread. */
import { UserError } from '../lib/errors.ts';
import type { Task } from '../types.ts';
import type { Env, EnvHost, Observation, StepResult, World, WorldInfo } from './env.ts';

export class LocalHost implements EnvHost {
  private readonly episodes = new Map<number, Env>();
  private next = 0;

  constructor(readonly world: World) {}

  async info(): Promise<WorldInfo> {
    const { env, name, hash, splits } = this.world;
    return { env, name, hash, splits };
  }

  async tasks(split: string, indices: number[]): Promise<Task[]> {
    return indices.map((i) => this.world.task(split, i));
  }

  async open(tasks: Task[]): Promise<{ episode: number; first: Observation }[]> {
    return tasks.map((task) => {
      const env = this.world.open(task);
      const episode = this.next++;
      this.episodes.set(episode, env);
      return { episode, first: env.first };
    });
  }

  async step(actions: { episode: number; action: string }[]): Promise<StepResult[]> {
    return actions.map(({ episode, action }) => this.episode(episode).step(action));
  }

  /** An open episode itself. @throws UserError when it is not open. */
  episode(episode: number): Env {
    const env = this.episodes.get(episode);
    if (!env) throw new UserError(`Episode ${episode} is not open; open it again from its task.`);
    return env;
  }

  async close(episodes: number[]): Promise<void> {
    for (const episode of episodes) this.episodes.delete(episode);
  }
}
