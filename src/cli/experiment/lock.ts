/** One command at a time computes in a folder of unfinished runs: each leaves a file there, named by the id of its process. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../lib/errors.ts';

/**
 * A file that a killed process left behind is taken away.
 * Its own file is written before those of others are looked for: of two that begin at once at most one goes on.
 * @returns what unlocks the folder again.
 * @throws UserError while another process works there
 */
export function lockFolder(folder: string): () => void {
  const mine = join(folder, `lock-${process.pid}`);
  const unlock = () => rmSync(mine, { force: true });
  writeFileSync(mine, `${process.pid}\n`);
  for (const name of readdirSync(folder)) {
    const other = Number(/^lock-(\d+)$/.exec(name)?.[1] ?? process.pid);
    if (other === process.pid) continue;
    if (lives(other)) {
      unlock();
      throw new UserError(
        `Another experiment is computing (process ${other}); wait for it or end it, then start again. If that process is something else, delete ${join(folder, name)}.`,
      );
    }
    rmSync(join(folder, name), { force: true });
  }
  return unlock;
}

function lives(id: number): boolean {
  try {
    process.kill(id, 0);
  } catch (error) {
    // Of another user: there is such a process.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // Where Linux tells: one that has ended and that nobody has asked about yet (a zombie) can be sent signals, too.
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${id}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
