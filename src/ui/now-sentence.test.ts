import { expect, test } from 'vitest';
import type { PhaseEvent } from './client.ts';
import { nowSentence } from './text.ts';

const playing = (pips: PhaseEvent['pips']): PhaseEvent => ({
  type: 'phase',
  runId: 'amber-kestrel',
  iteration: 1,
  phase: 'act',
  done: 3,
  total: 4,
  detail: '',
  pips,
});

test('in the middle of a phase what is still being played is told beside what was won, since won games end first', () => {
  expect(nowSentence(playing(['won', 'won', 'wait', 'wait']), 5).rest).toBe(
    'Of four episodes: two won so far, none lost, two still playing.',
  );
  expect(nowSentence(playing(['won', 'won', 'lost', 'lost']), 5).rest).toBe('Of four episodes: two won, two lost.');
});
