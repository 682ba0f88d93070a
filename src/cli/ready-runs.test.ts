import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { LocalHost } from '../envs/host.ts';
import { readRun } from '../storage/transfer.ts';
import { defaultConfig, type RunConfig } from '../trainer/config.ts';
import { openPolicy } from './policy.ts';
import { openWorld } from './worlds.ts';

const folder = join(import.meta.dirname, '..', '..', 'public', 'results', 'ready');

/** What makes a ready run again. */
function command(file: string, config: RunConfig): string {
  const names = Object.keys(defaultConfig) as (keyof RunConfig)[];
  const changed = names.filter((name) => name === 'method' || name === 'seed' || config[name] !== defaultConfig[name]);
  return `npm run train -- ${changed.map((name) => `--${name} ${config[name]}`).join(' ')} --out public/results/ready/${file}`;
}

test('every run that comes with the page can be gone on with: it began from the present policy, in the worlds of the page', async () => {
  const { hash } = (await openPolicy('tiny', 'cpu')).info;
  const stale: string[] = [];
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const { run } = readRun(gunzipSync(readFileSync(join(folder, file))).toString('utf8'), file);
    const world = await new LocalHost(await openWorld(run.manifest.config.env, {})).info();
    if (run.manifest.policy.hash !== hash || run.manifest.world.hash !== world.hash) stale.push(command(file, run.manifest.config));
  }
  expect(stale, 'Make them again:').toEqual([]);
});
