/** Every message between a `RemoteHost` and the environment worker: one table of calls, one answer each. */
import type { Task } from '../types.ts';
import type { Game, Wording } from './alfworld/game.ts';
import type { GeneratorOptions } from './alfworld/generator.ts';
import type { LoadedGames } from './alfworld/files.ts';
import type { EnvHost, WorldInfo } from './env.ts';
import type { GeneratorOptions as ShopGeneratorOptions } from './webshop/generator.ts';
import type { ShopView } from './webshop/view.ts';
import type { ShopFilesOptions, ShopOptions } from './webshop/world.ts';

/** A file as a page has it: a zip, or one file of a folder with its path. */
export interface NamedBlob {
  path: string;
  blob: Blob;
}

/** What a person who plays by hand sees beyond the observation. */
export type Insight = {
  /** What the task is about: rule pools are keyed by it. */
  family: string;
  /** The task sentence as an agent reads it. */
  goal: string;
} & (
  | /** Commands of the shortest way to win from here; null when none is left. */ {
      env: 'alfworld';
      shortest: number | null;
      advice: string | null;
    }
    /** `best` is the most that the goal can score with the product that was meant. */
  | { env: 'webshop'; shop: ShopView; best: number; advice: string | null }
);

export interface LoadProgress {
  /** Files are read; then what was in them is put in order. */
  phase: 'reading' | 'ordering';
  /** Bytes, or files of a folder, read so far and in all; then products. */
  done: number;
  total: number;
}

/** A person's shop as the page hears of it. */
export interface LoadedShop extends WorldInfo {
  note: string;
  products: number;
  /** The first sentences about what could not be used. */
  dropped: string[];
  droppedCount: number;
}

/** Name of a call -> what is sent and what comes back. */
export interface Calls {
  /** Reads a zip or the files of a folder; progress messages come before the answer. */
  load: { send: { name: string; files: NamedBlob[] }; answer: LoadedGames };
  /** Makes these games the world. `note` says how folders became roles. */
  useGames: { send: { name: string; games: Game[]; wording?: Wording }; answer: WorldInfo & { note: string } };
  /** Makes generated homes the world. */
  useHomes: { send: { options: GeneratorOptions }; answer: WorldInfo };
  /** Makes a made-up shop the world. */
  useMadeShop: { send: { options: ShopGeneratorOptions & ShopOptions }; answer: WorldInfo };
  /** Reads a person's shop and makes it the world; progress messages come before the answer. The catalogue stays in the worker. */
  useShopFiles: { send: { name: string; files: NamedBlob[]; options: ShopFilesOptions }; answer: LoadedShop };
  info: { send: object; answer: WorldInfo };
  tasks: { send: { split: string; indices: number[] }; answer: Task[] };
  open: { send: { tasks: Task[] }; answer: Awaited<ReturnType<EnvHost['open']>> };
  step: { send: { actions: { episode: number; action: string }[] }; answer: Awaited<ReturnType<EnvHost['step']>> };
  insight: { send: { episode: number }; answer: Insight };
  /** The game of an episode as the text of a game.tw-pddl file; null for other environments. */
  gameFile: { send: { episode: number }; answer: string | null };
  close: { send: { episodes: number[] }; answer: null };
}

export type CallName = keyof Calls;
export type Request = { [K in CallName]: { id: number; call: K; send: Calls[K]['send'] } }[CallName];

export type Response =
  | { id: number; type: 'answer'; value: Calls[CallName]['answer'] }
  /** `user` tells sentences for people from faults of the program. */
  | { id: number; type: 'error'; sentence: string; user: boolean }
  | { id: number; type: 'progress'; progress: LoadProgress };

/** What MessagePort, Worker and a worker's own scope have in common. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  start?(): void;
}
