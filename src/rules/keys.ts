/**
 * Which pools a task reads and writes: K(d) is the union of the pools that its keys name.
 *
 * With one pool per family, places learnt for other objects ("Look for the mug ...") fill the k working rules of every
 * task of the family, because they are ranked by score alone. So by default what is said about a thing is kept under
 * that thing, for all families, and the family's pool keeps what holds for the family.
 */
import type { Task } from '../types.ts';
import { procedureFamilies } from './language.ts';

/** The pools of a task; the first is the one for rules about nothing in particular. */
export type KeyFunction = (task: Task) => string[];

/** Words of household goals that name no thing. */
const wordsAbout = new Set('put place find two some and them it a an the in on with under at look examine clean hot heat cool cooled heated'.split(' '));

/** The object that a household task is about: the first thing that its sentence names. */
export function objectOf(task: Task): string | null {
  if (task.env !== 'alfworld') return null;
  return task.goal.toLowerCase().split(/[^a-z]+/).find((word) => word !== '' && !wordsAbout.has(word)) ?? null;
}

/** One pool per kind of household task, and one for the shop. */
const byFamily: KeyFunction = (task) => [task.env === 'webshop' ? 'webshop' : task.family];

/** The same, and one for the thing that a household task is about. */
const byObject: KeyFunction = (task) => {
  const object = objectOf(task);
  return [...byFamily(task), ...(object === null ? [] : [object])];
};

/** @param name a setting; runs stored before there was a choice had one pool per family. */
export function keyFunction(name: string): KeyFunction {
  return name === 'object' ? byObject : byFamily;
}

const kinds: ReadonlySet<string> = new Set(['pick', ...procedureFamilies]);

/** Can rules of these two pools stand in the prompt of one task? A kind of household task goes with any thing, and with the list of all tasks. */
export function canShareAPrompt(a: string, b: string): boolean {
  if (a === b) return true;
  if (kinds.has(a) === kinds.has(b)) return false;
  const other = kinds.has(a) ? b : a;
  return other !== 'webshop' && !other.startsWith('game ');
}

/** Where a new rule belongs: to the thing it names, if one of the keys is that, else to the first key. */
export function scopeFor(text: string, keys: readonly string[]): string {
  const words = new Set(text.toLowerCase().split(/[^a-z0-9]+/));
  return keys.slice(1).find((key) => words.has(key)) ?? (keys[0] as string);
}
