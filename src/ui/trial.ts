/** A measurement under way, as the page tells it. */

export interface Trial {
  runId: string;
  rule: string;
  /** The wording that is measured: an edited rule is another one. */
  text: string;
  /** Episodes over, of all. */
  done: number;
  total: number;
  /** Milliseconds on the page's clock. */
  began: number;
  /** Seconds left; null before anything can be said. */
  left: number | null;
}

/** The trial after a report; the first episodes end late, so that nothing is promised before some have. */
export function trialAfter(trial: Trial, { done, total }: Pick<Trial, 'done' | 'total'>, now: number): Trial {
  // The clock starts with the first report: before it the games are loaded.
  const began = trial.done === 0 && done === 0 ? now : trial.began;
  const left = done < total / 8 ? null : ((now - began) / 1000 / done) * (total - done);
  return { ...trial, done, total, began, left };
}
