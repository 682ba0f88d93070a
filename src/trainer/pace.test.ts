import { expect, test, vi } from 'vitest';
import { Pace } from './pace.ts';

test('a run that goes freely never waits', () => {
  const pace = new Pace('end', false, () => {});
  expect(pace.reach('action', true)).toBeNull();
  expect(pace.reach('group', true)).toBeNull();
});

test('by action it is held at every boundary, by group only where groups are over, and each word lets it go on once', async () => {
  const held = vi.fn();
  const pace = new Pace('action', false, held);
  const first = pace.reach('action', true);
  expect(held).toHaveBeenCalledTimes(1);
  pace.go('group');
  await first;
  expect(pace.reach('action', true)).toBeNull();
  expect(pace.reach('phase', true)).toBeNull();
  const second = pace.reach('group', true);
  expect(held).toHaveBeenCalledTimes(2);
  pace.go('end');
  await second;
  expect(pace.reach('group', true)).toBeNull();
});

test('slow motion waits and goes on by itself; switching it off or stopping wakes it at once', async () => {
  vi.useFakeTimers();
  const pace = new Pace('end', true, () => {});
  const phase = pace.reach('phase', true);
  await vi.advanceTimersByTimeAsync(900);
  await phase;
  expect(pace.reach('action', false)).toBeNull();
  const next = pace.reach('phase', true);
  pace.setSlow(false);
  await next;
  pace.setSlow(true);
  const last = pace.reach('phase', true);
  pace.stop();
  await last;
  expect(pace.reach('phase', true)).toBeNull();
  vi.useRealTimers();
});

test('switching slow motion off does not let go of a run that a person holds', async () => {
  const pace = new Pace('action', true, () => {});
  let gone = false;
  void pace.reach('action', true)?.then(() => (gone = true));
  pace.setSlow(false);
  await Promise.resolve();
  expect(gone).toBe(false);
});
