/** A walk through the loop on the Learn page: one stop a phase, told with what the current run stored, or in general. */
import type { EpisodeRow } from '../storage/rows.ts';
import type { RunConfig } from '../trainer/config.ts';
import type { Metrics, Phase } from '../types.ts';
import type { PhaseEvent } from './client.ts';
import { Count, count, plural, signed, type Sentence } from './text.ts';

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
      lead: 'Choosing rules.',
      rest: config.k === 0 ? 'None: this run shows the agent no rules.' : `The ${count(config.k)} best about the task go into the prompt.`,
      hue: 'r',
    }),
    stop(
      'act',
      played
        ? { lead: 'Playing.', rest: `${Count(group.length)} episodes of `, goal: group[0]?.goal }
        : { lead: 'Playing.', rest: `The same game ${count(config.group)} times; chance lets the episodes part.` },
      played ? { pips, done: group.length, total: group.length } : {},
    ),
    stop(
      'reward',
      {
        lead: 'Counting.',
        rest: played ? `${Count(won.length)} won, ${count(lost.length)} lost.` : 'Each episode was won or lost.',
        hue: 'w',
      },
      { done: won.length, total: group.length },
    ),
    stop(
      'advantage',
      {
        lead: played && !(win && loss) ? 'No step from this group.' : 'Comparing.',
        rest:
          win && loss
            ? `A win is worth ${signed(win.advantage)} here, a loss ${signed(loss.advantage)}.`
            : played
              ? 'All its episodes ended alike, so no action was better than another.'
              : 'Each episode is measured against the others of its game.',
        hue: 'w',
      },
      win && loss ? { detail: `${signed(win.advantage)}, ${signed(loss.advantage)}` } : {},
    ),
    stop('step', {
      lead: 'Changing weights.',
      rest: last?.update
        ? `Won episodes become a little likelier; the policy moved by ${last.update.kl.toPrecision(2)} nats.`
        : 'Making the won episodes a little likelier.',
      hue: 'w',
    }),
    stop('edit', {
      lead: 'Writing rules.',
      rest: last
        ? `Won and lost episodes were compared: ${edits === 0 ? 'no edit' : plural(edits, 'edit')} in iteration ${last.iteration}.`
        : 'Won and lost episodes are compared, and rules added, reworded, voted on or merged.',
      hue: 'r',
    }),
  ];
}
