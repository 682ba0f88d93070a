/** A walk through the loop on the Learn page: one stop a phase, told with what the current run stored, or in general. */
import type { EpisodeRow } from '../storage/rows.ts';
import type { RunConfig } from '../trainer/config.ts';
import type { Metrics, Phase } from '../types.ts';
import type { PhaseEvent } from './client.ts';
import { signed, walk as text, type Sentence } from './text.ts';

export interface Stop {
  /** What the loop draws. */
  phase: PhaseEvent;
  says: Sentence;
}

export interface Walked {
  config: Pick<RunConfig, 'k' | 'group'>;
  /** Episodes of one group of the last iterations; empty before any training. */
  group: readonly Pick<EpisodeRow, 'won' | 'advantage' | 'goal' | 'iteration'>[];
  /** The last iteration that trained. */
  last: Metrics | undefined;
}

/** The six stops in order. */
export function walkOf({ config, group, last }: Walked): Stop[] {
  const won = group.filter((episode) => episode.won);
  const lost = group.filter((episode) => !episode.won);
  const [win, loss] = [won[0], lost[0]];
  const edits = Object.values(last?.edits ?? {}).reduce((sum, n) => sum + n, 0);
  const stop = (name: Phase, says: Sentence, more: Partial<PhaseEvent> = {}): Stop => ({
    phase: { type: 'phase', runId: '', iteration: group[0]?.iteration ?? 1, phase: name, done: 0, total: 0, detail: '', ...more },
    says,
  });
  const pips = group.map((episode) => (episode.won ? ('won' as const) : ('lost' as const)));
  const played = group.length > 0;
  return [
    stop('retrieve', {
      lead: text.choosing,
      rest: config.k === 0 ? text.noRules : text.bestRules(config.k),
      hue: 'r',
    }),
    stop(
      'act',
      played
        ? { lead: text.playing, rest: text.episodesOf(group.length), goal: group[0]?.goal }
        : { lead: text.playing, rest: text.sameGame(config.group) },
      played ? { pips, done: group.length, total: group.length } : {},
    ),
    stop(
      'reward',
      {
        lead: text.counting,
        rest: played ? text.wonLost(won.length, lost.length) : text.wonOrLost,
        hue: 'w',
      },
      { done: won.length, total: group.length },
    ),
    stop(
      'advantage',
      {
        lead: played && !(win && loss) ? text.noStep : text.comparing,
        rest: win && loss ? text.worth(signed(win.advantage), signed(loss.advantage)) : played ? text.alike : text.measured,
        hue: 'w',
      },
      win && loss ? { detail: `${signed(win.advantage)}, ${signed(loss.advantage)}` } : {},
    ),
    stop('step', {
      lead: text.changing,
      rest: last?.update ? text.moved(last.update.kl.toPrecision(2)) : text.likelier,
      hue: 'w',
    }),
    stop('edit', {
      lead: text.writing,
      rest: last ? text.compared(edits, last.iteration) : text.howWritten,
      hue: 'r',
    }),
  ];
}
