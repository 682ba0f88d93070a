/** Fork and join: work dealt to several engines, results in the order of the work, so that their number changes no byte. */
import type { ActRequest, Decision, PolicySession } from '../policy.ts';
import type { EpisodeTokens } from '../../types.ts';
import type { Engine, Prompt } from './engine.ts';

/**
 * Does each job on the engine that is free first.
 * @param onDone called after each job; throwing from it cancels the rest, after the jobs under way have ended.
 */
export async function forkJoin<J, R>(
  engines: readonly Engine[],
  jobs: readonly J[],
  run: (engine: Engine, job: J) => Promise<R>,
  onDone: () => void = () => {},
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const take = async (engine: Engine): Promise<void> => {
    while (next < jobs.length) {
      const at = next++;
      try {
        results[at] = await run(engine, jobs[at] as J);
        onDone();
      } catch (error) {
        next = jobs.length;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(engines.map(take));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}

/**
 * A session whose rows are dealt to the engines, as many to each; a prompt whose copies fall to two is read by both.
 * Where one engine refuses its share, what the others have opened is closed again.
 */
export async function startSpread(engines: readonly Engine[], prompts: Prompt[], adapter: boolean): Promise<PolicySession> {
  if (engines.length === 1) return (engines[0] as Engine).start(prompts, adapter);
  const rows = prompts.reduce((sum, { copies }) => sum + copies, 0);
  const firsts = engines.map((_, e) => Math.floor((e * rows) / engines.length));
  const ends = await Promise.allSettled(
    engines.map(async (engine, e) => {
      const [from, to] = [firsts[e] as number, firsts[e + 1] ?? rows];
      let row = 0;
      let begun = false;
      const own = prompts.flatMap(({ text, copies }) => {
        const here = Math.min(to, row + copies) - Math.max(from, row);
        begun ||= here > 0 && row < from;
        row += copies;
        return here > 0 ? [{ text, copies: here }] : [];
      });
      if (own.length === 0) return null;
      const session = await engine.start(own, adapter);
      return { from, session, repeated: begun ? session.tokens(0).ids.length - 1 : 0 };
    }),
  );
  const parts = ends.flatMap((end) => (end.status === 'fulfilled' && end.value ? [end.value] : []));
  const refused = ends.find((end) => end.status === 'rejected');
  if (refused) {
    for (const { session } of parts) session.dispose();
    throw refused.reason;
  }
  return new SpreadSession(parts);
}

interface Part {
  /** Its first row. */
  from: number;
  session: PolicySession;
  /** Tokens of a prompt that the part before has read too. */
  repeated: number;
}

class SpreadSession implements PolicySession {
  constructor(private readonly parts: readonly Part[]) {}

  private of(row: number): Part {
    return this.parts.findLast(({ from }) => from <= row) as Part;
  }

  /** Each part takes its own requests; the answers stand in the order of the requests. */
  private async deal<R extends { row: number }>(
    requests: R[],
    ask: (session: PolicySession, own: R[]) => Promise<Decision[]>,
  ): Promise<Decision[]> {
    const decisions: Decision[] = [];
    await Promise.all(
      this.parts.map(async (part) => {
        const places = requests.flatMap(({ row }, i) => (this.of(row) === part ? [i] : []));
        if (places.length === 0) return;
        const own = places.map((i) => ({ ...(requests[i] as R), row: (requests[i] as R).row - part.from }));
        const said = await ask(part.session, own);
        places.forEach((i, j) => (decisions[i] = said[j] as Decision));
      }),
    );
    return decisions;
  }

  act(requests: ActRequest[], options: { temperature: number }): Promise<Decision[]> {
    return this.deal(requests, (session, own) => session.act(own, options));
  }

  say(requests: Omit<ActRequest, 'choices'>[], options: { temperature: number }): Promise<Decision[]> {
    return this.deal(requests, (session, own) => (session.say as NonNullable<PolicySession['say']>)(own, options));
  }

  tokens(row: number): EpisodeTokens {
    const { from, session } = this.of(row);
    return session.tokens(row - from);
  }

  finish(rows: number[]): void {
    for (const row of rows) {
      const { from, session } = this.of(row);
      session.finish([row - from]);
    }
  }

  get tokensFed(): number {
    return this.parts.reduce((sum, { session, repeated }) => sum + Math.max(0, session.tokensFed - repeated), 0);
  }

  dispose(): void {
    for (const { session } of this.parts) session.dispose();
  }
}
