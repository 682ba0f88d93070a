import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { AlfworldEnv } from './engine.ts';
import { loadFiles } from './files.ts';
import { plan } from './planner.ts';
import { readGameFile } from './problem.ts';
import type { Recording } from './replay.ts';
import { replay, walk } from './replay.ts';
import { writeGameFile } from './writer.ts';

const dir = fileURLToPath(new URL('../../../../shared/data/alfworld/', import.meta.url));
const present = existsSync(`${dir}games.zip`) && existsSync(`${dir}parity.jsonl.gz`);
if (!present) console.warn('Skipped: the recorded traces of the true environment (../shared/data/alfworld) are not there.');

test.skipIf(!present)('every recorded episode of the true engine is equal byte for byte, every walkthrough wins', async () => {
  const blob = new Blob([readFileSync(`${dir}games.zip`)]);
  const { games, droppedCount } = await loadFiles([{ path: 'games.zip', blob }], 'games.zip');
  expect(droppedCount).toBe(0);
  const byId = new Map(games.map((game) => [game.id, game]));
  const lines = gunzipSync(readFileSync(`${dir}parity.jsonl.gz`))
    .toString('utf8')
    .trim()
    .split('\n');
  const differences = lines.flatMap((line) => {
    const recording = JSON.parse(line) as Recording;
    const game = byId.get(recording.game);
    return game ? (replay(recording, game) ?? []) : [`${recording.game} is missing`];
  });
  expect(differences).toEqual([]);
  expect(games.filter((game) => game.walkthrough).flatMap((game) => walk(game) ?? [])).toEqual([]);
  for (const game of games) {
    // The planner wins what was released, and released games survive being written and read again.
    const env = new AlfworldEnv(game);
    const planned = plan(env);
    expect(planned?.map((command) => env.step(command).won).at(-1)).toBe(true);
    expect(readGameFile(writeGameFile(game), game.id)).toEqual({ ...game, walkthrough: game.walkthrough ?? planned });
  }
});
