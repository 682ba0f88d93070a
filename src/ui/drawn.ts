/** Which runs are drawn together when more are added than there is room for. */

/** As many lines can be told apart. */
export const MOST_LINES = 6;

export interface Drawn {
  /** What is drawn from now on. */
  picked: string[];
  /** Drawn before, not any more: they made room. */
  madeRoom: string[];
  /** Added, but not drawn: even without the others there is no room for them. */
  leftOut: string[];
}

/**
 * Runs that were added to be compared are drawn; the last of those drawn before make room.
 * @param before what is drawn. @param added in the order in which they were added.
 */
export function drawAdded(before: readonly string[], added: readonly string[]): Drawn {
  const fitting = added.slice(0, MOST_LINES);
  const others = before.filter((id) => !added.includes(id));
  const room = MOST_LINES - fitting.length;
  return { picked: [...fitting, ...others.slice(0, room)], madeRoom: others.slice(room), leftOut: added.slice(MOST_LINES) };
}
