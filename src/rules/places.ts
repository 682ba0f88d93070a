/** Places of a home as English says them: one looks in a drawer, and on a desk. */

/** Receptacles that hold what is put into them. */
const hollow = new Set([
  'bathtubbasin',
  'cabinet',
  'coffeemachine',
  'drawer',
  'fridge',
  'garbagecan',
  'laundryhamper',
  'microwave',
  'safe',
  'sinkbasin',
  'toaster',
]);

/** @param kinds classes of receptacles, such as `fridge` and `desk`: "in the fridge or on the desk". */
export function placesInWords(kinds: readonly string[]): string {
  return kinds.map((kind) => `${hollow.has(kind) ? 'in' : 'on'} the ${kind}`).join(' or ');
}
