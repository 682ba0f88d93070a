import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { gameId, loadFiles, loadZip } from './files.ts';
import type { LoadProgress, ZipSource } from './files.ts';
import type { Game } from './game.ts';
import { generateGame } from './generator.ts';
import { GameFiles } from './world.ts';
import { writeGameFile } from './writer.ts';

const game = (n: number): Game => ({ ...generateGame('training', n, { seed: 1, maxReceptacles: 8 }), id: `train/task${n}/trial_${n}` });
const path = (n: number): string => `json_2.1.1/train/task${n}/trial_${n}/game.tw-pddl`;

function zipOf(files: Record<string, string>): Uint8Array<ArrayBuffer> {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))) as Uint8Array<ArrayBuffer>;
}

function source(bytes: Uint8Array<ArrayBuffer>, name = 'games.zip'): ZipSource {
  const blob = new Blob([bytes]);
  return { name, size: blob.size, stream: () => blob.stream() };
}

const good = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [path(n), writeGameFile(game(n))]));

test('the games of a zip are read, other files are left alone, progress ends at the size', async () => {
  const seen: LoadProgress[] = [];
  const bytes = zipOf({
    ...good(5),
    'json_2.1.1/train/task0/trial_0/traj_data.json': '{',
    'README.md': 'x'.repeat(1e5),
    [`__MACOSX/${path(0).replace('game.', '._game.')}`]: '?',
  });
  const loaded = await loadZip(source(bytes), (p) => seen.push(p));
  expect(loaded.games.map((g) => ({ ...g, walkthrough: null }))).toEqual([0, 1, 2, 3, 4].map(game));
  expect(loaded).toMatchObject({ skipped: 0, dropped: [], droppedCount: 0 });
  expect(seen.at(-1)).toEqual({ done: bytes.length, total: bytes.length, games: 5 });
});

test('sliced, movable and not solvable games are skipped and counted', async () => {
  const text = writeGameFile(game(0));
  const unsolvable = text.replace('"solvable":true', '"solvable":false');
  const files = {
    ...good(1),
    'a/pick_heat_then_place_in_recep-PotatoSliced-None-Fridge-3/t/game.tw-pddl': text,
    'a/pick_and_place_with_movable_recep-Pen-Mug-Desk-3/t/game.tw-pddl': text,
    'a/unsolvable/t/game.tw-pddl': unsolvable,
  };
  expect(await loadZip(source(zipOf(files)))).toMatchObject({ games: [{ id: game(0).id }], skipped: 3, droppedCount: 0 });
});

test.each([
  [
    'the wanted thing lies nowhere',
    (text: string, { goal }: Game) => text.replace(new RegExp(`\\(inReceptacle ${goal.object}[^)]*\\)`, 'gi'), ''),
  ],
  ['nothing may be put anywhere', (text: string) => text.replace(/\(canContain [^)]*\)/g, '')],
  ['nothing can be picked up', (text: string) => text.replace(/\(pickupable [^)]*\)/g, '')],
])('a game that cannot be won because %s is left out and named, whatever it says of itself', async (_, damage) => {
  const text = damage(writeGameFile(game(0)), game(0));
  const loaded = await loadZip(source(zipOf({ [path(1)]: writeGameFile(game(1)), 'train/hopeless/trial/game.tw-pddl': text })));
  expect(loaded.games.map(({ id }) => id)).toEqual([game(1).id]);
  expect(loaded.dropped).toEqual([expect.stringMatching(/^train\/hopeless\/trial: it cannot be won \(".+"\): .*; it was left out\.$/)]);
});

test('bad games are left out with one sentence each; the good ones are used', async () => {
  const text = writeGameFile(game(0));
  const loaded = await loadZip(
    source(
      zipOf({
        ...good(2),
        'train/broken/json/game.tw-pddl': 'not json',
        'train/unknown/predicate/game.tw-pddl': text.replace('(atLocation agent1', '(levitates agent1) (atLocation agent1'),
        'train/half/problem/game.tw-pddl': text.replace(/\(:goal .*?\)\)\\n/, ''),
        'train/other/shape/game.tw-pddl': '[1, 2]',
      }),
    ),
  );
  expect(loaded.games.length).toBe(2);
  expect(loaded.droppedCount).toBe(4);
  expect(loaded.dropped).toEqual([
    'train/broken/json: the file is not JSON (it starts with "not json"); download it again.',
    'train/unknown/predicate: its problem uses the predicate "levitates", which this engine does not know; the game was left out.',
    expect.stringMatching(/^train\/half\/problem: .+\.$/),
    'train/other/shape: the file lacks "grammar" or "pddl_problem"; it is not a released game.tw-pddl.',
  ]);
});

test('of very many bad games the first twenty are named and all are counted', async () => {
  const bad = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`train/t/bad_${n}/game.tw-pddl`, '{}']));
  const loaded = await loadZip(source(zipOf({ ...good(1), ...bad })));
  expect([loaded.games.length, loaded.dropped.length, loaded.droppedCount]).toEqual([1, 20, 50]);
});

test('a truncated zip gives the games before the cut and one sentence about it', async () => {
  const bytes = zipOf(good(6));
  const loaded = await loadZip(source(bytes.slice(0, Math.floor(bytes.length * 0.55))));
  expect(loaded.games.length).toBeGreaterThan(0);
  expect(loaded.games.length).toBeLessThan(6);
  expect(loaded.dropped[0]).toMatch(/^games\.zip is cut off: it ends after \d complete games .+ download it again\.$/);
});

test('a zip without games, a file that is no zip, and a hopeless one are refused with a sentence', async () => {
  await expect(loadZip(source(zipOf({ 'a.txt': 'x', 'b.txt': 'y' }), 'holiday.zip'))).rejects.toThrow(
    'holiday.zip holds no games: no game.tw-pddl among its 2 files.',
  );
  await expect(loadZip(source(strToU8('hello world') as Uint8Array<ArrayBuffer>, 'a.zip'))).rejects.toThrow('a.zip is not a zip file');
  await expect(loadZip(source(zipOf({ 'train/a/b/game.tw-pddl': 'x' })))).rejects.toThrow(
    'No game in games.zip could be read. train/a/b: the file is not JSON',
  );
  await expect(loadZip(source(new Uint8Array(0)))).rejects.toThrow('games.zip');
});

test('a folder is read like a zip, and several zips together', async () => {
  const files = Object.entries(good(3)).map(([name, text]) => ({ path: name, blob: new Blob([text]) }));
  const folder = await loadFiles([...files, { path: 'json_2.1.1/readme.txt', blob: new Blob(['x']) }], 'json_2.1.1');
  expect(folder.games.map((g) => g.id)).toEqual([0, 1, 2].map((n) => game(n).id));
  const zips = files.map(({ path: name }, n) => ({ path: `${n}.zip`, blob: new Blob([zipOf({ [name]: writeGameFile(game(n)) })]) }));
  expect((await loadFiles(zips, 'three zips')).games.length).toBe(3);
  const mixed = await loadFiles([...zips, { path: 'bad.zip', blob: new Blob(['nonsense']) }], 'four zips');
  expect([mixed.games.length, mixed.dropped]).toEqual([
    3,
    ['bad.zip is not a zip file; choose the zip of the official download or a folder of games.'],
  ]);
});

test('ids are the last three folders, whatever lies above, and files that were renamed stay apart', () => {
  expect(gameId('C:\\data\\json_2.1.1\\train\\a\\b\\game.tw-pddl')).toBe('train/a/b');
  expect(gameId('./b/game.tw-pddl')).toBe('games/games/b');
  expect(gameId('game (1).tw-pddl')).toBe('games/games/game (1)');
});

test('a second game of the same name is left out with a sentence, in one zip and across several', async () => {
  const [[path, text]] = Object.entries(good(1)) as [[string, string]];
  const one = await loadZip(source(zipOf({ [path]: text, [`copy/${path}`]: text })));
  const two = await loadFiles(
    ['a.zip', 'b.zip'].map((name) => ({
      path: name,
      blob: new Blob([zipOf({ [path]: text })]),
    })),
    'two zips',
  );
  for (const { games, dropped, droppedCount } of [one, two]) {
    expect([games.length, droppedCount]).toEqual([1, 1]);
    expect(dropped[0]).toContain('another game of this name; only the first was read.');
  }
});

test('a goal about what the home lacks, or nested without end, is left out with a sentence', async () => {
  const [[path, text]] = Object.entries(good(1)) as [[string, string]];
  const file = JSON.parse(text) as { pddl_problem: string };
  const [before, goal] = file.pddl_problem.split('(:goal ') as [string, string];
  const withGoal = (changed: string): string => JSON.stringify({ ...file, pddl_problem: `${before}(:goal ${changed}` });
  const kind = game(0).goal.object;
  const loaded = await loadZip(
    source(
      zipOf({
        [path]: text,
        'train/unknown/thing/game.tw-pddl': withGoal(goal.replaceAll(`${kind}Type`, 'UnicornType')),
        'train/goal/deep/game.tw-pddl': withGoal(`${'(and '.repeat(50_000)}${goal.trimEnd().slice(0, -2)}${')'.repeat(50_000)}))`),
        'train/goal/list/game.tw-pddl': withGoal('((x) y)))'),
      }),
    ),
  );
  // Brackets around a goal change nothing, however many.
  expect(loaded.games.map(({ id }) => id)).toEqual([game(0).id, 'train/goal/deep']);
  expect(loaded.dropped).toEqual([
    'train/unknown/thing: its goal is about a unicorn, but there is none in the home; the game was left out.',
    'train/goal/list: its goal uses a list where a predicate should stand, which this engine does not know; the game was left out.',
  ]);
});

test('a zip inside a zip is named, and folders may be called like anything', async () => {
  const inner = zipOf(good(1));
  await expect(loadZip(source(zipSync({ 'games/inner.zip': inner }) as Uint8Array<ArrayBuffer>, 'outer.zip'))).rejects.toThrow(
    'It holds another zip, games/inner.zip; unpack it and choose that one.',
  );
  const [[, text]] = Object.entries(good(1)) as [[string, string]];
  const { games } = await loadZip(
    source(
      zipOf({
        '__proto__/a/b/game.tw-pddl': text,
        'constructor/a/b/game.tw-pddl': text,
      }),
    ),
  );
  const world = await GameFiles.create('odd names', games);
  expect(games.length).toBe(2);
  expect((world.splits.training as number) + (world.splits.validation as number)).toBe(2);
  expect(() => world.task('toString', 0)).toThrow('There is no split "toString"');
});
