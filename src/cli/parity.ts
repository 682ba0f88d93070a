/** `npm run parity -- alfworld DIR`: replays recorded episodes of the true environment and compares every byte. */
import { openAsBlob } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { loadZip } from '../envs/alfworld/files.ts';
import type { Recording } from '../envs/alfworld/replay.ts';
import { replay, walk } from '../envs/alfworld/replay.ts';
import { UserError } from '../lib/errors.ts';
import { ProgressLine, readArguments, runCommand } from './terminal.ts';

const help = {
  usage: 'npm run parity -- alfworld DIR',
  what: `Reads games.zip and parity.jsonl(.gz) in DIR, wins every walkthrough and replays every recorded episode: opening,
observations, admissible commands, won and done must be equal byte for byte. Absent files are skipped and said so.
Ends with "N passed, M failed"; exit code 1 on any failure, 2 on a bad argument.`,
  options: { differences: { value: 'N', default: '5', help: 'How many differences to print.' } },
};

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function readRecordings(dir: string): Promise<Recording[] | null> {
  const plain = join(dir, 'parity.jsonl');
  const zipped = `${plain}.gz`;
  let text: string;
  if (await exists(plain)) text = await readFile(plain, 'utf8');
  else if (await exists(zipped)) text = gunzipSync(await readFile(zipped)).toString('utf8');
  else return null;
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as Recording];
    } catch {
      throw new UserError(`Line ${i + 1} of parity.jsonl in ${dir} is not JSON; record it again.`);
    }
  });
}

async function alfworld(dir: string, mostDifferences: number): Promise<number> {
  if (!(await exists(dir))) throw new UserError(`There is no folder ${dir}; give a folder with games.zip and parity.jsonl.gz.`);
  const zip = join(dir, 'games.zip');
  const recordings = await readRecordings(dir);
  if (recordings === null) console.log('parity.jsonl(.gz) is not there: no recorded episodes were replayed (skipped).');
  if (!(await exists(zip))) {
    console.log('games.zip is not there: no games to play (skipped).');
    console.log('0 passed, 0 failed');
    return 0;
  }
  const blob = await openAsBlob(zip);
  const progress = new ProgressLine();
  const loaded = await loadZip({ name: 'games.zip', size: blob.size, stream: () => blob.stream() as ReadableStream<Uint8Array> });
  for (const why of loaded.dropped) console.log(`Left out: ${why}`);
  const games = new Map(loaded.games.map((game) => [game.id, game]));
  const walkable = loaded.games.filter((game) => game.walkthrough !== null);
  if (walkable.length === 0) console.log('No game has a walkthrough (skipped).');

  const jobs: { name: string; run: () => string | null }[] = [
    ...walkable.map((game) => ({ name: `walkthrough of ${game.id}`, run: () => walk(game) })),
    ...(recordings ?? []).map((recording) => ({
      name: `${recording.game} (${recording.wording}, ${recording.policy}, seed ${recording.seed})`,
      run: () => {
        const game = games.get(recording.game);
        return game ? replay(recording, game) : 'the game is not in games.zip';
      },
    })),
  ];
  let failed = 0;
  for (const [i, job] of jobs.entries()) {
    const found = job.run();
    if (found !== null && failed++ < mostDifferences) console.log(`${job.name}: ${found}`);
    progress.show(i + 1, jobs.length, `${i + 1} of ${jobs.length} episodes`);
  }
  progress.end();
  if (failed > mostDifferences) console.log(`and ${failed - mostDifferences} more with differences.`);
  const steps = (recordings ?? []).reduce((sum, recording) => sum + recording.steps.length, 0);
  console.log(`${walkable.length} walkthroughs and ${recordings?.length ?? 0} recorded episodes (${steps} steps) in ${games.size} games.`);
  console.log(`${jobs.length - failed} passed, ${failed + loaded.droppedCount} failed`);
  return failed + loaded.droppedCount;
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments(help);
  const [env, dir] = positionals;
  if (env === 'webshop') throw new UserError('The webshop environment is not part of this version; only "alfworld" can be replayed.');
  if (env !== 'alfworld') throw new UserError(`"${env ?? ''}" is not an environment; write: ${help.usage}`);
  if (dir === undefined) throw new UserError(`Name the folder with games.zip and parity.jsonl.gz: ${help.usage}`);
  const most = Number(values.differences);
  if (!Number.isInteger(most) || most < 0) throw new UserError(`--differences must be a whole number, not "${values.differences}".`);
  if ((await alfworld(dir, most)) > 0) process.exit(1);
}

await runCommand(main);
