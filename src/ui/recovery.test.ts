import { expect, test } from 'vitest';
import { MOST_LOSSES, planRecovery } from './recovery.ts';

const message = 'The graphics device was lost (unknown): gone.';
const run = { iteration: 17 };

test('a lost device is opened again three times, then a person is asked: never a loop', () => {
  for (let losses = 1; losses <= MOST_LOSSES; losses++) {
    const plan = planRecovery({ cause: 'lost', message }, { run, at: 18, losses });
    expect(plan).toMatchObject({ goOn: true, failure: null, ask: false });
    expect(plan.text).toContain(`(${losses} of 3)`);
    expect(plan.text).toContain('Everything up to iteration 17 is saved');
  }
  const plan = planRecovery({ cause: 'lost', message }, { run, at: 18, losses: MOST_LOSSES + 1 });
  expect(plan).toMatchObject({ goOn: false, ask: true, failure: 'The graphics device went away 4 times at iteration 18.' });
});

test('a device that was destroyed on purpose is not opened again by itself', () => {
  expect(planRecovery({ cause: 'destroyed', message }, { run, at: 18, losses: 0 })).toMatchObject({ goOn: false, ask: true });
});

test('a crash marks the run as failed at its iteration and says what is saved', () => {
  const plan = planRecovery({ cause: 'crash', message: 'The trainer stopped unexpectedly (x).' }, { run, at: 18, losses: 0 });
  expect(plan).toMatchObject({ goOn: false, failure: 'The trainer stopped unexpectedly (x) at iteration 18.' });
  expect(plan.text).toContain('iteration 17 is saved');
  expect(planRecovery({ cause: 'crash', message: 'x.' }, { run: undefined, at: undefined, losses: 0 }).text).toContain(
    'Nothing was stored yet',
  );
});
