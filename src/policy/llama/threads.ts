/** Engines in other threads: the messages, the side that asks, and the side that answers. */
import { sentence, UserError } from '../../lib/errors.ts';
import { Rng } from '../../lib/rng.ts';
import type { EpisodeTokens } from '../../types.ts';
import type { LoadedModel } from '../mlc/read.ts';
import type { ActRequest, AdapterShape, Decision, LossSettings, PolicyLoss, PolicySession, TrainSequence } from '../policy.ts';
import { LocalEngine } from './engine.ts';
import type { Engine, MicroResult, Prompt } from './engine.ts';

/** A row's request with the state of its generator. */
type Asked = Omit<ActRequest, 'choices' | 'rng'> & { choices?: string[]; rng: number[] };

/** What a row's decision added, and where its generator has arrived. */
interface Told {
  decision: Decision;
  ids: number[];
  choices: EpisodeTokens['choices'];
  rng: number[];
}

/** Asked in order, answered in order. */
export type EngineRequest =
  | { type: 'open'; model: LoadedModel }
  | { type: 'train'; shape: AdapterShape; values: readonly Float32Array[] }
  | { type: 'assign'; values: readonly Float32Array[] }
  | { type: 'start'; session: number; prompts: Prompt[]; adapter: boolean }
  | { type: 'act'; session: number; requests: Asked[]; temperature: number }
  | { type: 'finish'; session: number; rows: number[] }
  | { type: 'end'; session: number }
  | { type: 'logprobs'; sequences: EpisodeTokens[]; adapter: boolean }
  | { type: 'gradient'; sequences: TrainSequence[]; loss: LossSettings; weight: number };

interface Answers {
  /** Token ids of each row's prompt. */
  start: number[][];
  act: { told: Told[]; fed: number };
  logprobs: Float32Array[];
  gradient: MicroResult;
}
type Answer<T extends EngineRequest['type']> = T extends keyof Answers ? Answers[T] : null;
export type EngineReply = { answer: Answer<EngineRequest['type']> } | { error: string; personal: boolean };

/** A thread, as Node's and the browser's differ. */
export interface Thread {
  post(request: EngineRequest): void;
  /** Replies, and what went wrong with the thread itself. */
  listen(onReply: (reply: EngineReply) => void, onFailure: (why: string) => void): void;
  end(): void;
}

/** An engine in each of `count` threads. @returns when all have the model; @throws UserError when one cannot be started. */
export async function openThreads(count: number, spawn: () => Thread, model: LoadedModel): Promise<Engine[]> {
  const engines = Array.from({ length: count }, () => new RemoteEngine(spawn()));
  try {
    await Promise.all(engines.map((engine) => engine.open(model)));
  } catch (error) {
    for (const engine of engines) engine.dispose();
    throw error;
  }
  return engines;
}

class RemoteEngine implements Engine {
  private readonly waiting: { resolve: (answer: never) => void; reject: (error: Error) => void }[] = [];
  private failure: Error | null = null;
  private sessions = 0;

  constructor(private readonly thread: Thread) {
    thread.listen(
      (reply) => {
        const asked = this.waiting.shift();
        if ('answer' in reply) asked?.resolve(reply.answer as never);
        else asked?.reject(reply.personal ? new UserError(reply.error) : new Error(reply.error));
      },
      (why) => {
        this.failure = new Error(`A worker thread of the trainer stopped: ${why}`);
        for (const { reject } of this.waiting.splice(0)) reject(this.failure);
      },
    );
  }

  ask<T extends EngineRequest['type']>(request: Extract<EngineRequest, { type: T }>): Promise<Answer<T>> {
    if (this.failure) return Promise.reject(this.failure);
    this.thread.post(request);
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** For what has no answer: its failure shows in the next one that has. */
  private tell(request: EngineRequest): void {
    this.ask(request).catch((error: Error) => (this.failure ??= error));
  }

  async open(model: LoadedModel): Promise<void> {
    await this.ask({ type: 'open', model });
  }

  train(shape: AdapterShape, values: readonly Float32Array[]): void {
    this.tell({ type: 'train', shape, values });
  }

  assign(values: readonly Float32Array[]): void {
    this.tell({ type: 'assign', values });
  }

  async start(prompts: Prompt[], adapter: boolean): Promise<PolicySession> {
    const session = this.sessions++;
    const ids = await this.ask({ type: 'start', session, prompts, adapter });
    return new RemoteSession(
      (request) => this.ask({ ...request, session }),
      (request) => this.tell({ ...request, session }),
      ids.map((row) => ({ ids: row, choices: [] })),
    );
  }

  logprobs(sequences: EpisodeTokens[], adapter: boolean): Promise<Float32Array[]> {
    return this.ask({ type: 'logprobs', sequences, adapter });
  }

  gradient(sequences: TrainSequence[], { settings }: PolicyLoss, weight: number): Promise<MicroResult> {
    return this.ask({ type: 'gradient', sequences, loss: settings, weight });
  }

  dispose(): void {
    this.failure = new Error('The policy was given up.');
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
    this.thread.end();
  }
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type About<T extends EngineRequest['type']> = Without<Extract<EngineRequest, { type: T }>, 'session'>;

/** Keeps what its rows have read and said, as `tokens` is asked for at any time. */
class RemoteSession implements PolicySession {
  tokensFed = 0;

  constructor(
    private readonly ask: (request: About<'act'>) => Promise<Answers['act']>,
    private readonly tell: (request: About<'finish' | 'end'>) => void,
    private readonly rows: EpisodeTokens[],
  ) {}

  async act(
    requests: (Omit<ActRequest, 'choices'> & { choices?: string[] })[],
    { temperature }: { temperature: number },
  ): Promise<Decision[]> {
    const asked = requests.map((request) => ({ ...request, rng: request.rng.save() }));
    const { told, fed } = await this.ask({ type: 'act', requests: asked, temperature });
    this.tokensFed = fed;
    return told.map(({ decision, ids, choices, rng }, i) => {
      const request = requests[i] as ActRequest;
      const row = this.rows[request.row] as EpisodeTokens;
      for (const id of ids) row.ids.push(id);
      row.choices.push(...choices);
      request.rng.follow(rng);
      return decision;
    });
  }

  say(requests: Omit<ActRequest, 'choices'>[], options: { temperature: number }): Promise<Decision[]> {
    return this.act(requests, options);
  }

  tokens(row: number): EpisodeTokens {
    const tokens = this.rows[row];
    if (!tokens) throw new Error(`There is no row ${row} in this session.`);
    return tokens;
  }

  finish(rows: number[]): void {
    this.tell({ type: 'finish', rows });
  }

  dispose(): void {
    this.tell({ type: 'end' });
  }
}

/**
 * The answering side of a thread. Requests are served one after the other.
 * @param lossOf makes the loss of its settings.
 */
export function serveEngine(
  open: () => Promise<unknown>,
  lossOf: (settings: LossSettings) => PolicyLoss,
  post: (reply: EngineReply) => void,
): (request: EngineRequest) => void {
  let engine: LocalEngine | null = null;
  const sessions = new Map<number, PolicySession>();
  const opened = (): LocalEngine => {
    if (!engine) throw new Error('The engine has no model yet.');
    return engine;
  };
  const session = (id: number): PolicySession => {
    const found = sessions.get(id);
    if (!found) throw new Error(`There is no session ${id}.`);
    return found;
  };
  const answer = async (request: EngineRequest): Promise<Answer<EngineRequest['type']>> => {
    switch (request.type) {
      case 'open':
        await open();
        engine = new LocalEngine(request.model);
        return null;
      case 'train':
        opened().train(request.shape, request.values);
        return null;
      case 'assign':
        opened().assign(request.values);
        return null;
      case 'start': {
        const begun = await opened().start(request.prompts, request.adapter);
        sessions.set(request.session, begun);
        return request.prompts.flatMap(({ copies }) => Array.from({ length: copies })).map((_, row) => begun.tokens(row).ids.slice());
      }
      case 'act':
        return act(session(request.session), request);
      case 'finish':
        session(request.session).finish(request.rows);
        return null;
      case 'end':
        session(request.session).dispose();
        sessions.delete(request.session);
        return null;
      case 'logprobs':
        return opened().logprobs(request.sequences, request.adapter);
      case 'gradient':
        return opened().gradient(request.sequences, lossOf(request.loss), request.weight);
    }
  };
  let turn: Promise<unknown> = Promise.resolve();
  return (request) => {
    turn = turn
      .then(() => answer(request))
      .then(
        (answer) => post({ answer }),
        (error: unknown) => post({ error: sentence(error), personal: error instanceof UserError }),
      );
  };
}

async function act(session: PolicySession, { requests, temperature }: Extract<EngineRequest, { type: 'act' }>): Promise<Answers['act']> {
  const before = requests.map(({ row }) => {
    const { ids, choices } = session.tokens(row);
    return [ids.length, choices.length] as const;
  });
  const own = requests.map((request) => ({ ...request, rng: Rng.from(request.rng) }));
  const free = requests.every(({ choices }) => choices === undefined);
  const decisions = free
    ? await (session.say as NonNullable<PolicySession['say']>)(own, { temperature })
    : await session.act(own as ActRequest[], { temperature });
  const told = own.map(({ row, rng }, i): Told => {
    const { ids, choices } = session.tokens(row);
    const [read, chosen] = before[i] as readonly [number, number];
    return { decision: decisions[i] as Decision, ids: ids.slice(read), choices: choices.slice(chosen), rng: rng.save() };
  });
  return { told, fed: session.tokensFed };
}
