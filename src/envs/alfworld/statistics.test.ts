import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Game } from './game.ts';
import { generateGame } from './generator.ts';
import type { Room } from './layouts.ts';
import { rooms } from './layouts.ts';

const homes = Array.from({ length: 800 }, (_, i) => generateGame('training', i, { seed: 21 }));
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const count = (game: Game, kind: string): number => game.receptacles.filter((r) => r.kind === kind).length;

/** By what stands in it: real plans differ in just these. */
function roomOf(game: Game): Room {
  if (count(game, 'fridge') > 0) return 'kitchen';
  if (count(game, 'toiletpaperhanger') > 0 || count(game, 'toilet') > 0) return 'bathroom';
  return count(game, 'bed') > 0 ? 'bedroom' : 'living';
}
const inRoom = Object.fromEntries(rooms.map((room) => [room, homes.filter((game) => roomOf(game) === room)])) as Record<Room, Game[]>;

/** Means over 531 released games. */
const measured: Record<Room, { receptacles: number; objects: number }> = {
  kitchen: { receptacles: 31.1, objects: 46.4 },
  living: { receptacles: 17.6, objects: 21.8 },
  bedroom: { receptacles: 15.3, objects: 22.7 },
  bathroom: { receptacles: 13.9, objects: 15.1 },
};

test.each(rooms)('%s: receptacles and objects per home are within 12 % of the released games', (room) => {
  const games = inRoom[room];
  const receptacles = mean(games.map((game) => game.receptacles.length));
  const objects = mean(games.map((game) => game.objects.filter((o) => o.in.length > 0).length));
  expect(Math.abs(receptacles / measured[room].receptacles - 1)).toBeLessThan(0.12);
  expect(Math.abs(objects / measured[room].objects - 1)).toBeLessThan(0.12);
});

test('fixtures are as in every released game: one garbage can, and in kitchens one of each machine', () => {
  for (const game of homes) {
    expect(count(game, 'garbagecan')).toBe(1);
    if (roomOf(game) !== 'kitchen') continue;
    for (const kind of ['fridge', 'microwave', 'coffeemachine', 'toaster']) expect(count(game, kind)).toBe(1);
  }
});

test('doors and shared standing places are as frequent as measured, within 6 points', () => {
  const all = homes.flatMap((game) => game.receptacles);
  const withDoor = (kind: string): number => mean(all.filter((r) => r.kind === kind).map((r) => Number(r.openable)));
  expect(Math.abs(withDoor('cabinet') - 2573 / 3330)).toBeLessThan(0.06);
  expect(Math.abs(withDoor('drawer') - 2098 / 2473)).toBeLessThan(0.06);
  expect([withDoor('fridge'), withDoor('microwave'), withDoor('countertop')]).toEqual([1, 1, 0]);
  const shared = homes.flatMap((game) =>
    game.receptacles.map((r) => Number(game.receptacles.filter((x) => x.location === r.location).length > 1)),
  );
  expect(Math.abs(mean(shared) - 0.16)).toBeLessThan(0.06);
});

test('each kind of task occurs only in the rooms where it was seen', () => {
  const allowed: Record<string, Room[]> = {
    heat: ['kitchen'],
    cool: ['kitchen'],
    clean: ['kitchen', 'bathroom'],
    look: ['bedroom', 'living'],
  };
  for (const game of homes) expect(allowed[game.family] ?? rooms).toContain(roomOf(game));
});

const path = fileURLToPath(new URL('../../../../shared/data/alfworld/layouts.json', import.meta.url));
const present = existsSync(path);
if (!present) console.warn('Skipped: the measured layouts (../shared/data/alfworld/layouts.json) are not there.');

/** Half the sum of absolute differences of two distributions: 0 equal, 1 disjoint. */
function distance(a: Map<string, number>, b: Map<string, number>): number {
  const total = (counts: Map<string, number>): number => [...counts.values()].reduce((sum, n) => sum + n, 0);
  const [sumA, sumB] = [total(a), total(b)];
  return (
    [...new Set([...a.keys(), ...b.keys()])].reduce((sum, key) => sum + Math.abs((a.get(key) ?? 0) / sumA - (b.get(key) ?? 0) / sumB), 0) /
    2
  );
}

test.skipIf(!present).each(rooms)('%s: what lies where is within a distance of 0.25 of the measured placements', (room) => {
  // Two halves of the released games are 0.11 to 0.30 apart by this measure.
  const { objects_on_receptacles_by_room: real } = JSON.parse(readFileSync(path, 'utf8')) as {
    objects_on_receptacles_by_room: Record<Room, Record<string, number>>;
  };
  const made = new Map<string, number>();
  for (const game of inRoom[room]) {
    for (const { kind, in: places } of game.objects) {
      for (const r of places) made.set(`${kind}|${game.receptacles[r]?.kind}`, (made.get(`${kind}|${game.receptacles[r]?.kind}`) ?? 0) + 1);
    }
  }
  expect(distance(made, new Map(Object.entries(real[room])))).toBeLessThan(0.25);
});
