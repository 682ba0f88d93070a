/** What a classroom link hides: `name_hide=1` in the address, for a setting, a control or a page. */

/** Parts besides the settings that a link can hide. */
export const hideable = [
  { key: 'stepping', says: 'the buttons for single steps' },
  { key: 'slow', says: 'the switch for slow motion' },
  { key: 'reset', says: 'Start over' },
  { key: 'games', says: 'the choice of games' },
  { key: 'settings', says: 'the list of all settings' },
  { key: 'episodes', says: 'the Episodes page' },
  { key: 'rules', says: 'the Rules page' },
  { key: 'runs', says: 'the Runs page' },
  { key: 'learn', says: 'the Learn page' },
] as const;

/** The keys hidden by an address. */
export function hiddenIn(query: URLSearchParams): ReadonlySet<string> {
  const off = new Set(['', '0', 'false', 'no']);
  return new Set([...query].flatMap(([key, value]) => (key.endsWith('_hide') && !off.has(value) ? [key.slice(0, -5)] : [])));
}

export const hidden: ReadonlySet<string> = hiddenIn(new URLSearchParams(globalThis.location?.search ?? ''));
