/** The trainer's worker: opens backend and policy, keeps one run in hand, answers the page's commands with events. */
import { systemClock } from '../lib/clock.ts';
import { sentence, UserError } from '../lib/errors.ts';
import { methods } from '../methods/all.ts';
import { NotDownloaded, UnknownModel } from '../policy/webllm/list.ts';
import type { Policy } from '../policy/policy.ts';
import { personalChanges } from '../rules/personal.ts';
import { foldPool } from '../rules/pool.ts';
import { DexieStore } from '../storage/dexie.ts';
import type { EnvName, Phase } from '../types.ts';
import { secondsPerAction } from './calibrate.ts';
import { isLanguageModel } from './language-models.ts';
import { Hand } from './hand.ts';
import { nextAction, type Hint } from './hint.ts';
import { folderOf, openPolicy } from './open.ts';
import { Pace, type Boundary } from './pace.ts';
import type { Command, Event, FailureCause } from './protocol.ts';
import { reflectorFor } from './reflectors.ts';
import { Reporter } from './reporter.ts';
import { Paused } from './phase-timer.ts';
import { TrainingRun } from './session.ts';
import { serveTensors, TENSORS } from './tensor-worker.ts';
import { Stopped, tryWithout } from './trial.ts';
import { makeWaiting } from './waiting.ts';
import { environment, loadWorld, stopReading, useWorld } from './worlds.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const post = (event: Event): void => scope.postMessage(event);
const store = new DexieStore();

const tell = (error: unknown): void => post({ type: 'failed', runId: null, message: sentence(error), fatal: false });

let policy: Promise<Policy> | null = null;
/** Settles when the policy has been timed; whatever needs it waits that moment. */
let timed: Promise<void> = Promise.resolve();
/** The run in hand. */
let inHand: Hand | null = null;
/** Settles when the run that was put down last has given the policy back. */
let resting: Promise<void> = Promise.resolve();
/** The run that was trained last, or is being trained: only its rules may still have to be stored. */
let trained: string | null = null;
let slow = false;
/** A rule being measured with the policy. */
let trial: { stop: boolean; ended: Promise<void> } | null = null;
/** Changes of rules are made one after the other, whoever asks. */
let edits: Promise<void> = Promise.resolve();

const hear = (message: MessageEvent<Command>): void => {
  const command = message.data;
  switch (command.type) {
    case 'open':
      policy = openPolicy(command, post);
      policy.catch((error: unknown) => {
        const cause = error instanceof UnknownModel ? 'model' : error instanceof NotDownloaded ? 'download' : undefined;
        post({ type: 'failed', runId: null, message: sentence(error), fatal: true, cause });
      });
      // A language model would take minutes for it.
      if (!isLanguageModel(folderOf(command.modelUrl))) timed = time(policy);
      break;
    case 'loadGames':
      void loadWorld(command, store, systemClock, post).catch(tell);
      break;
    case 'stopReading':
      stopReading();
      break;
    case 'pause':
      inHand?.pause();
      break;
    case 'go':
      inHand?.pace.go(command.until);
      break;
    case 'slow':
      slow = command.on;
      inHand?.pace.setSlow(slow);
      break;
    case 'editRule':
      edits = edits.then(() => editRule(command)).catch(tell);
      break;
    case 'makeWaiting':
      edits = edits.then(makeAllWaiting).catch(tell);
      break;
    case 'tryWithout':
      void measure(command);
      break;
    case 'stopTrial':
      if (trial) trial.stop = true;
      break;
    case 'askAgent':
      void advise(command);
      break;
    default:
      void take(command);
  }
};

if (scope.name === TENSORS) serveTensors(scope);
else {
  scope.onmessage = hear;
  // A page that hears nothing for long takes this worker for dead.
  setInterval(() => post({ type: 'beat' }), 2000);
}

/** Its failure is no news: what failed will fail again where it matters, and be told there. */
async function time(opened: Promise<Policy>): Promise<void> {
  try {
    post({ type: 'timed', secondsPerAction: await secondsPerAction(await opened, systemClock) });
  } catch {
    // The page goes without an estimate until a run has measured one.
  }
}

/** Holds the run's lock while it is in hand, so that no other tab trains it too. */
async function take(command: Extract<Command, { type: 'start' | 'create' | 'resume' }>): Promise<void> {
  const { runId } = command;
  const refuse = (message: string, other?: string) => post({ type: 'failed', runId, message, fatal: false, inHand: other });
  if (inHand) return refuse(`${inHand.id} is being trained; pause it before another run is taken in hand.`, inHand.id);
  if (trial) trial.stop = true;
  const until = command.type === 'create' ? 'end' : command.until;
  const hand = new Hand(runId, new Pace(until, slow, () => post({ type: 'held', runId })));
  inHand = hand;
  let word: Event | null = null;
  try {
    // There is one policy: whoever had it before gives it back first.
    await Promise.all([trial?.ended, resting, timed]);
    // A worker that has just been ended gives its lock back a moment later.
    const patience = AbortSignal.timeout(1500);
    let taken = false;
    await scope.navigator.locks
      .request(`jerp-lab run ${runId}`, { signal: patience }, async () => {
        taken = true;
        const working = train(command, hand);
        trained = runId;
        resting = working.then(
          () => {},
          () => {},
        );
        word = await Promise.race([working, hand.letGo.then(() => putDown(runId))]);
      })
      .catch((error: unknown) => (taken ? tell(error) : refuse(`${runId} is being trained in another tab; pause it there first.`)));
  } finally {
    // Only now: the page may ask for the next run as soon as it hears that this one is put down.
    inHand = null;
  }
  if (word) post(word);
}

async function putDown(runId: string): Promise<Event> {
  await store.setStatus(runId, 'paused');
  return { type: 'paused', runId };
}

/** @returns what the page hears when the run has been put down. */
async function train(command: Extract<Command, { type: 'start' | 'create' | 'resume' }>, hand: Hand): Promise<Event> {
  const { runId } = command;
  const { host, end } = environment();
  try {
    if (!policy) throw new UserError('The policy has not been opened; reload the page.');
    const record = command.type === 'resume' ? await store.run(runId) : undefined;
    const gameSet = command.type === 'resume' ? (record?.gameSet ?? null) : command.gameSet;
    const config = command.type === 'resume' ? record?.config : command.config;
    await useWorld(host, store, (config?.env ?? 'alfworld') as EnvName, gameSet, (progress) => post({ type: 'games', ...progress }));
    post({ type: 'games', phase: 'reading', done: 0, total: 0 });
    const progress = new Reporter(runId, config, systemClock, (event) => hand.asked || post(event));
    const deps = {
      policy: await policy,
      host,
      store,
      reflector: reflectorFor(config?.reflector, await policy),
      clock: systemClock,
      progress,
      dropped: tellDropped(runId),
      pauseAsked: () => hand.asked,
      gate: (boundary: Boundary, phase: Phase) => {
        // Measuring in slow motion would only be long.
        const wait = hand.pace.reach(boundary, phase !== 'evaluate');
        if (wait) progress.settle();
        return wait;
      },
    };
    const run =
      command.type === 'resume'
        ? await TrainingRun.restore(deps, runId)
        : await TrainingRun.create(deps, {
            id: runId,
            config: command.config,
            gameSet,
            ...(command.type === 'create' && command.adapter ? { adapter: command.adapter } : {}),
          });
    hand.run = run;
    if (command.type !== 'resume') post({ type: 'begun', runId });
    if (command.type !== 'create') {
      await store.setStatus(runId, 'running');
      // A step is one training iteration; the measurement before the first one is not counted.
      do {
        await run.iterate();
      } while (!run.done && !hand.asked && !(hand.pace.until === 'iteration' && run.iteration > 0));
    }
    await store.setStatus(runId, run.done ? 'finished' : 'paused');
    return { type: run.done ? 'finished' : 'paused', runId };
  } catch (error) {
    if (error instanceof Paused) return putDown(runId);
    const cause = causeOf(error);
    const message = cause === 'full' ? noRoom : sentence(error);
    // Where there is no room, the run is whole and waits: it only pauses.
    const status = cause === 'full' ? 'paused' : 'failed';
    await store.setStatus(runId, status, status === 'failed' ? message : undefined).catch(() => undefined);
    return { type: 'failed', runId, message, fatal: false, cause };
  } finally {
    hand.run = null;
    end();
  }
}

/** Storage that is full is the one failure of the browser that a person can mend. */
const noRoom = 'The browser has no room left for this page. The run is paused and what was stored is intact: make room, then go on.';

function causeOf(error: unknown): FailureCause | undefined {
  return error instanceof Error && /quota/i.test(`${error.name} ${error.message}`) ? 'full' : undefined;
}

/** A run in hand takes the change itself, in step with its iterations; any other is changed in the store. */
async function editRule({ ticket, key, runId, actions }: Extract<Command, { type: 'editRule' }>): Promise<void> {
  const answer = () => post({ type: 'edited', ticket });
  const refuse = (error: unknown) => post({ type: 'edited', ticket, problem: sentence(error) });
  // A run being set up is not stored yet: its rules can wait for it.
  for (let i = 0; inHand?.id === runId && !inHand.run && i < 600; i++) await new Promise((done) => setTimeout(done, 100));
  const run = inHand?.id === runId ? inHand.run : null;
  if (run) return run.edit(key, ...actions).then(answer, refuse);
  // Changes that the run took while it was in hand are stored first; another run is nothing to wait for.
  if (trained === runId) await resting;
  const changed = scope.navigator.locks.request(`jerp-lab run ${runId}`, { ifAvailable: true }, async (lock) => {
    if (!lock) throw new UserError(`${runId} is being trained in another tab; change its rules there.`);
    const record = await store.run(runId);
    if (!record) throw new UserError(`There is no run named ${runId} in this browser; import it first.`);
    // A worker that was ended may have stored this very change before it could say so.
    if ((await makeStored(runId, record.iteration)).includes(key)) return;
    const { events, problem } = personalChanges(foldPool(await store.events(runId)), actions, record.iteration);
    await store.addEvents(runId, events);
    if (problem) throw problem;
  });
  await changed.then(answer, refuse);
}

const tellDropped = (runId: string) => (message: string, written: string[]) => post({ type: 'dropped', runId, message, written });

/** Whoever calls this holds the run's lock. @returns the keys of the changes that waited. */
async function makeStored(runId: string, iteration: number): Promise<string[]> {
  return makeWaiting(store, runId, foldPool(await store.events(runId)), iteration, () => {}, tellDropped(runId));
}

/** A run that is in hand, here or in another tab, makes its own changes. */
async function makeAllWaiting(): Promise<void> {
  for (const runId of await store.runsWithWaiting()) {
    // The worker of a page that has just gone gives its lock back a moment later.
    await scope.navigator.locks
      .request(`jerp-lab run ${runId}`, { signal: AbortSignal.timeout(1500) }, async () => {
        const record = await store.run(runId);
        if (record) await makeStored(runId, record.iteration);
      })
      .catch((error: unknown) => {
        if (!(error instanceof DOMException && /Abort|Timeout/.test(error.name))) throw error;
      });
  }
}

/** Plays games with a rule and without it; the policy must be free. */
async function measure({ runId, rule, games }: Extract<Command, { type: 'tryWithout' }>): Promise<void> {
  const refuse = (message: string, other?: string) => {
    post({ type: 'tried', runId, rule });
    post({ type: 'failed', runId: null, message, fatal: false, inHand: other });
  };
  if (inHand) return refuse(`${inHand.id} is being trained; pause it before a rule is measured.`, inHand.id);
  if (trial) return refuse('Another rule is being measured; stop that first.');
  let end = (): void => {};
  const mine = { stop: false, ended: new Promise<void>((done) => (end = done)) };
  trial = mine;
  const { host, end: endHost } = environment();
  try {
    if (!policy) throw new UserError('The policy has not been opened; reload the page.');
    await Promise.all([resting, timed]);
    const run = await store.run(runId);
    await useWorld(host, store, (run?.config.env ?? 'alfworld') as EnvName, run?.gameSet ?? null);
    const progress = (done: number, total: number) => post({ type: 'trial', runId, rule, done, total });
    await store.putTrial(
      runId,
      await tryWithout({ policy: await policy, host, store, stopAsked: () => mine.stop, progress }, runId, rule, games),
    );
    post({ type: 'tried', runId, rule });
  } catch (error) {
    if (error instanceof Stopped) post({ type: 'tried', runId, rule });
    else refuse(sentence(error));
  } finally {
    endHost();
    trial = null;
    end();
  }
}

/** The agent as it was after the run's last iteration, with the rules it would read. */
async function advise({ ticket, runId, situation }: Extract<Command, { type: 'askAgent' }>): Promise<void> {
  const answer = (hint: Hint | null, why = '') => post({ type: 'hint', ticket, hint, why });
  if (inHand) return answer(null, `${inHand.id} is being trained; pause it, then the agent can be asked.`);
  if (trial) return answer(null, 'A rule is being measured; stop that first.');
  const before = resting;
  let free = (): void => {};
  // Whoever wants the policy next waits until this has been answered.
  resting = new Promise((done) => (free = done));
  try {
    await Promise.all([before, timed]);
    if (!policy) throw new UserError('The policy has not been opened; reload the page.');
    const opened = await policy;
    const run = runId === null ? undefined : await store.run(runId);
    const checkpoint = run && (await store.checkpoint(run.id));
    const known = run?.policy.hash === opened.info.hash ? checkpoint : undefined;
    if (known) await opened.importAdapter(known.adapter);
    opened.useAdapter(known !== undefined);
    const told = run ? (methods[run.config.method]?.rulesFor(foldPool(await store.events(run.id)), situation.task, run.config) ?? []) : [];
    const rules = told.map(({ text }) => text);
    answer(await nextAction(opened, situation, rules), 'The episode has outgrown what the agent can read.');
  } catch (error) {
    answer(null, sentence(error));
  } finally {
    (await policy?.catch(() => null))?.useAdapter(true);
    free();
  }
}
