/** What a classroom link hides: `name_hide=1` in the address, for a setting, a control or a page. */

import { classLink } from './text.ts';

/** Parts besides the settings that a link can hide. */
export const hideable = Object.entries(classLink.parts).map(([key, says]) => ({ key, says }));

/** The keys hidden by an address. */
export function hiddenIn(query: URLSearchParams): ReadonlySet<string> {
  const off = new Set(['', '0', 'false', 'no']);
  return new Set([...query].flatMap(([key, value]) => (key.endsWith('_hide') && !off.has(value) ? [key.slice(0, -5)] : [])));
}

export const hidden: ReadonlySet<string> = hiddenIn(new URLSearchParams(globalThis.location?.search ?? ''));
