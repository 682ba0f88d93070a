import { expect, test } from 'vitest';
import { sampleTrajectory } from '../storage/sample.ts';
import { defaultConfig } from './config.ts';
import type { Event } from './protocol.ts';
import { Reporter } from './reporter.ts';

function reporter() {
  const heard: Event[] = [];
  const clock = { now: 0, seconds: () => clock.now, wall: () => 0 };
  return { heard, clock, told: new Reporter('a', { ...defaultConfig, steps: 2 }, clock, (event) => heard.push(event)) };
}

test('a thousand calls within a quarter second are one event; a change of phase is told at once', () => {
  const { heard, told } = reporter();
  for (let i = 0; i < 1000; i++) told.phase(1, 'step', i, 1000, '');
  expect(heard).toHaveLength(1);
  told.phase(1, 'edit', 0, 1, '');
  expect(heard.at(-1)).toMatchObject({ type: 'phase', phase: 'edit' });
});

test('an episode still being played waits, one that used up its steps is lost', () => {
  const { heard, clock, told } = reporter();
  told.phase(1, 'act', 0, 4, '');
  clock.now = 1;
  const playing = { ...sampleTrajectory('1.0.0', false), stop: 'steps' as const };
  const full = { ...playing, turns: [...playing.turns, ...playing.turns] };
  told.episodes(1, 'act', [playing, full, sampleTrajectory('1.0.2', true)], 2);
  expect(heard.find((event) => event.type === 'phase' && event.pips)).toMatchObject({
    done: 2,
    total: 4,
    pips: ['wait', 'lost', 'won', 'wait'],
  });
  expect(heard.at(-1)).toMatchObject({ type: 'live', trajectory: { id: '1.0.0' } });
});

test('when the phase ends, every episode is told as won or lost', () => {
  const { heard, told } = reporter();
  told.phase(1, 'act', 0, 2, '');
  told.episodes(1, 'act', [sampleTrajectory('1.0.0', true), { ...sampleTrajectory('1.0.1', false), stop: 'steps' as const }], 1);
  told.phase(1, 'reward', 1, 2, '');
  expect(heard.at(-2)).toMatchObject({ phase: 'act', done: 2, pips: ['won', 'lost'] });
  expect(heard.at(-1)).toMatchObject({ phase: 'reward' });
});
