/** Every sentence of the game, byte for byte as the original prints it, in both wordings. */
import type { Wording } from './game.ts';
import { Can, Is } from './game.ts';

export const nothingHappens = 'Nothing happens.';

/** `nothing`, `a x 1`, `a x 2, and a x 1`: always "a", and the comma stays with two items. */
export function list(names: readonly string[], article = 'a '): string {
  if (names.length === 0) return 'nothing';
  const items = names.map((name) => article + name);
  const last = items.pop() as string;
  return items.length === 0 ? last : `${items.join(', ')}, and ${last}`;
}

export const middleOfRoom = (names: readonly string[]): string =>
  `You are in the middle of a room. Looking quickly around you, you see ${list(names)}.`;

export const opening = (view: string, sentence: string): string =>
  `-= Welcome to TextWorld, ALFRED! =-\n\n${view}\n\nYour task is to: ${sentence}`;

export const facing = (receptacles: readonly string[], floor: readonly string[]): string =>
  `You are facing the ${list(receptacles, '')}. Next to it, you see ${list(floor)}.`;

export function receptacle(name: string, door: 'none' | 'open' | 'closed', contents: readonly string[]): string {
  if (door === 'closed') return `The ${name} is closed.`;
  if (door === 'open') return `The ${name} is open. In it, you see ${list(contents)}.`;
  return `On the ${name}, you see ${list(contents)}.`;
}

/** What `examine` says of the object in one's hands; the first matching line wins. */
export function object(name: string, can: number, is: number, inner: readonly string[]): string {
  if (can & Can.containObjects) return `This is a normal ${name}. In it, you see ${list(inner)}.`;
  const clean = (is & Is.clean) !== 0;
  const sliced = (is & Is.sliced) !== 0;
  const warmth = is & Is.hot ? 'hot' : is & Is.cool ? 'cool' : '';
  if (sliced && clean) return `This is a ${warmth ? `${warmth} and ` : ''}clean sliced ${name}.`;
  if (sliced && warmth) return `This is a ${warmth} sliced ${name}.`;
  if (clean) return `This is a ${warmth ? `${warmth} and ` : ''}clean ${name}.`;
  if (warmth) return `This is a ${warmth === 'hot' ? 'hot' : 'cold'} ${name}.`;
  if (sliced) return `This is a sliced ${name}.`;
  return `There's nothing special about ${name}.`;
}

export const inventory = (held: string | null): string =>
  held === null ? 'You are not carrying anything.' : `You are carrying: a ${held}.`;

export const arrive = (wording: Wording, name: string, location: number, view: string): string =>
  `You arrive at ${wording === '0.3' ? `loc ${location}` : name}. ${view}`;

export const open = (name: string, view: string): string => `You open the ${name}. ${view}`;
export const close = (name: string): string => `You close the ${name}.`;
export const take = (name: string, from: string): string => `You pick up the ${name} from the ${from}.`;
export const put = (wording: Wording, name: string, to: string): string =>
  wording === '0.3' ? `You put the ${name} in/on the ${to}.` : `You move the ${name} to the ${to}.`;
export const process = (verb: string, name: string, using: string): string => `You ${verb} the ${name} using the ${using}.`;
export const slice = (name: string, knife: string): string => `You sliced the ${name} with the ${knife}.`;
export const use = (name: string): string => `You turn on the ${name}.`;

export const takeCommand = (name: string, from: string): string => `take ${name} from ${from}`;
export const putCommand = (wording: Wording, name: string, to: string): string =>
  wording === '0.3' ? `put ${name} in/on ${to}` : `move ${name} to ${to}`;

const helpLines: [string, string][] = [
  ['look:                             ', 'look around your current location'],
  ['inventory:                        ', 'check your current inventory'],
  ['go to (receptacle):               ', 'move to a receptacle'],
  ['open (receptacle):                ', 'open a receptacle'],
  ['close (receptacle):               ', 'close a receptacle'],
  ['take (object) from (receptacle):  ', 'take an object from a receptacle'],
  ['move (object) to (receptacle):  ', 'place an object in or on a receptacle'],
  ['examine (something):              ', 'examine a receptacle or an object'],
  ['use (object):                     ', 'use an object'],
  ['heat (object) with (receptacle):  ', 'heat an object using a receptacle'],
  ['clean (object) with (receptacle): ', 'clean an object using a receptacle'],
  ['cool (object) with (receptacle):  ', 'cool an object using a receptacle'],
  ['slice (object) with (object):     ', 'slice an object using a sharp object'],
];

export const help = `Available commands:\n${helpLines.map(([what, does]) => `  ${what}${does}\n`).join('')}`;
