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

/** The others, on which things lie; a word of which one is the end ("table") is a place too. */
const flat = new Set(
  'armchair bed cart coffeetable countertop desk diningtable dresser handtowelholder ottoman paintinghanger shelf sidetable sofa stoveburner table toilet toiletpaperhanger towelholder tvstand'.split(
    ' ',
  ),
);

/** What people call them. */
const everyday = new Map([
  ['sink', 'sinkbasin'],
  ['basin', 'sinkbasin'],
  ['washbasin', 'sinkbasin'],
  ['tap', 'sinkbasin'],
  ['faucet', 'sinkbasin'],
  ['bathtub', 'bathtubbasin'],
  ['refrigerator', 'fridge'],
  ['stove', 'stoveburner'],
  ['counter', 'countertop'],
  ['couch', 'sofa'],
  ['bin', 'garbagecan'],
  ['shelves', 'shelf'],
]);

/** The class of receptacles that a word names, one or several of them; null when it names none. */
export function placeNamed(word: string): string | null {
  const known = (name: string) => everyday.get(name) ?? (hollow.has(name) || flat.has(name) ? name : null);
  return known(word) ?? (word.endsWith('s') ? known(word.slice(0, -1)) : null);
}

/** @param kinds classes of receptacles, such as `fridge` and `desk`: "in the fridge or on the desk". */
export function placesInWords(kinds: readonly string[]): string {
  return kinds.map((kind) => `${hollow.has(kind) ? 'in' : 'on'} the ${kind}`).join(' or ');
}
