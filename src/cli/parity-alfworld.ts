/** Parity of AlfWorld: wins every walkthrough and replays every recorded episode. */
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { loadZip } from '../envs/alfworld/files.ts';
import type { Recording } from '../envs/alfworld/replay.ts';
import { replay, walk } from '../envs/alfworld/replay.ts';
import { UserError } from '../lib/errors.ts';
import { exists, readLines, type Verdict } from './recordings.ts';
import { ProgressLine } from './terminal.ts';

/** @returns how many checks passed and failed. */
export async function alfworld(dir: string, mostDifferences: number): Promise<Verdict> {
  if (!(await exists(dir))) throw new UserError(`There is no folder ${dir}; give a folder with games.zip and parity.jsonl.gz.`);
  const zip = join(dir, 'games.zip');
  const recordings = await readLines<Recording>(dir, 'parity.jsonl');
  if (recordings === null) console.log('parity.jsonl(.gz) is not there: no recorded episodes were replayed (skipped).');
  if (!(await exists(zip))) {
    console.log('games.zip is not there: no games to play (skipped).');
    console.log('0 passed, 0 failed');
    return { passed: 0, failed: 0 };
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
  const verdict = { passed: jobs.length - failed, failed: failed + loaded.droppedCount };
  console.log(`${verdict.passed} passed, ${verdict.failed} failed`);
  return verdict;
}
