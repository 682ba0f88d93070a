/** What is stored of the run in view, kept up to date: its measurements, its rules, and the weights as they are drawn. */
import { adapterCells } from './cells.ts';
import { trace } from './history.ts';
import { lab } from './lab.svelte.ts';
import { live } from './live.svelte.ts';
import { byScore, isActive } from './ranking.ts';

/** @param id the run's name; undefined while there is none. Called while a component is set up. */
export function runData(id: () => string | undefined) {
  const metrics = live(id, (run) => lab.store.metrics(run), []);
  const events = live(id, (run) => lab.store.events(run), []);
  const checkpoint = live(id, (run) => lab.store.checkpoint(run), undefined);
  const history = $derived(trace(events.value));
  const rules = $derived([...history.pool.rules.values()].filter(isActive).sort(byScore));
  const cells = $derived(adapterCells(checkpoint.value?.adapter));
  return {
    get metrics() {
      return metrics.value;
    },
    /** The last finished iteration. */
    get last() {
      return metrics.value.at(-1);
    },
    get history() {
      return history;
    },
    /** Rules in use, best first. */
    get rules() {
      return rules;
    },
    /** For the drawing of the weights. */
    get cells() {
      return cells;
    },
  };
}
