import { expect, test } from 'vitest';
import type { Command, Event } from '../trainer/protocol.ts';
import { SILENCE, TrainerClient, WATCH_EVERY, type WorkerLike } from './client.ts';

class FakeWorker implements WorkerLike {
  got: Command[] = [];
  ended = false;
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  onmessageerror: WorkerLike['onmessageerror'] = null;
  postMessage(message: Command): void {
    this.got.push(message);
  }
  terminate(): void {
    this.ended = true;
  }
  say(event: Event): void {
    this.onmessage?.({ data: event } as MessageEvent<Event>);
  }
}

function client() {
  const workers: FakeWorker[] = [];
  const heard: Event[] = [];
  const clock = { now: 0 };
  const it = new TrainerClient(
    () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
    (event) => heard.push(event),
    () => clock.now,
  );
  it.open({ type: 'open', backend: null, modelUrl: 'm' });
  const wait = (ms: number) => {
    for (let t = 0; t < ms; t += WATCH_EVERY) {
      clock.now += WATCH_EVERY;
      it.look();
    }
  };
  return { it, workers, heard, clock, wait };
}

test('a worker that is silent for 30 seconds is ended and told as a crash, once', () => {
  const { workers, heard, wait } = client();
  wait(SILENCE + 2 * WATCH_EVERY);
  expect(workers[0]?.ended).toBe(true);
  expect(heard).toMatchObject([{ type: 'failed', cause: 'crash', fatal: true }]);
  wait(SILENCE * 2);
  expect(heard).toHaveLength(1);
});

test('beats keep a worker alive and are not passed on', () => {
  const { workers, heard, wait } = client();
  for (let i = 0; i < 20; i++) {
    wait(2 * WATCH_EVERY);
    workers[0]?.say({ type: 'beat' });
  }
  expect(heard).toEqual([]);
});

test('a page that was frozen for an hour does not take its worker for dead', () => {
  const { it, heard, clock } = client();
  clock.now += 3_600_000;
  it.look();
  expect(heard).toEqual([]);
});

test('changes of rules that were not answered are told to the next worker, answered ones are not', () => {
  const { it, workers } = client();
  it.editRule({ runId: 'a', actions: [{ op: 'DISABLE', id: 'r1' }] });
  it.editRule({ runId: 'a', actions: [{ op: 'DISABLE', id: 'r2' }] });
  workers[0]?.say({ type: 'edited', ticket: 0 });
  it.restart({ backend: 'wasm' });
  expect(workers[0]?.ended).toBe(true);
  expect(workers[1]?.got).toMatchObject([
    { type: 'open', backend: 'wasm', modelUrl: 'm' },
    { type: 'editRule', ticket: 1 },
    { type: 'makeWaiting' },
  ]);
});

test('who asked for a change of rules hears what became of it, from whichever worker made it', async () => {
  const { it, workers } = client();
  const taken = it.editRule({ runId: 'a', actions: [{ op: 'DISABLE', id: 'r1' }] });
  const refused = it.editRule({ runId: 'a', actions: [{ op: 'DISABLE', id: 'r2' }] });
  workers[0]?.say({ type: 'edited', ticket: 0 });
  it.restart();
  workers[1]?.say({ type: 'edited', ticket: 1, problem: 'No.' });
  expect(await Promise.all([taken, refused])).toEqual([null, 'No.']);
});

test('what an ended worker still says is not heard', () => {
  const { it, workers, heard } = client();
  it.restart();
  workers[0]?.say({ type: 'paused', runId: 'a' });
  expect(heard).toEqual([]);
});
