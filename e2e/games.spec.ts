/** A person's own games: the good ones are used, the rest is counted and named; a bad file loses nothing. */
import { expect, test, type Page } from '@playwright/test';
import { gzipSync, strToU8 } from 'fflate';
import { generateGame } from '../src/envs/alfworld/generator.ts';
import { writeGameFile } from '../src/envs/alfworld/writer.ts';
import { makeProducts, shopFiles } from '../src/envs/webshop/made-shop.ts';
import { bringGames, button, gameFiles, openLab, small, zip } from './lab.ts';

const good = gameFiles(3);
const give = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/zip', buffer });

test('broken games in a zip are left out one by one, with a sentence each', async ({ page }) => {
  await openLab(page, small);
  const [path, text] = Object.entries(good)[0] as [string, string];
  const unknown = JSON.parse(text) as { pddl_problem: string };
  unknown.pddl_problem = unknown.pddl_problem.replaceAll('receptacleAtLocation', 'hoversOver');
  const files = {
    ...good,
    [path.replace('trial_0', 'trial_not_json')]: 'this is not JSON',
    [path.replace('trial_0', 'trial_unknown')]: JSON.stringify(unknown),
  };
  await bringGames(page, 'mixed.zip', zip(files));
  const report = page.getByTestId('games-report');
  await expect(report).toContainText('6 games read, 2 left out');
  await report.getByText('What was left out').click();
  await expect(report.locator('li')).toHaveCount(2);
  await expect(report).toContainText('trial_not_json');
  await expect(report).toContainText('trial_unknown');
});

test('a truncated zip gives the games before the cut, and says that it is cut off', async ({ page }) => {
  await openLab(page, small);
  const whole = zip(good);
  await bringGames(page, 'cut.zip', whole.subarray(0, Math.floor(whole.length * 0.6)));
  const report = page.getByTestId('games-report');
  await expect(report).toContainText(/[1-5] games? read/);
  await report.getByText('What was left out').click();
  await expect(report).toContainText('cut off');
});

test('files without games are refused in one sentence, and the games in use stay', async ({ page }) => {
  await openLab(page, small);
  await bringGames(page, 'homes.zip', zip(good));
  const chosen = page.getByRole('radio', { name: /homes.zip/ });
  await expect(chosen).toBeChecked();
  const input = page.getByTestId('zip');
  await input.setInputFiles(give('empty.zip', zip({ 'readme.txt': 'nothing here' })));
  await expect(page.getByTestId('notice').filter({ hasText: 'empty.zip holds no games' })).toBeVisible();
  await input.setInputFiles(give('picture.zip', Buffer.from('\x89PNG not a zip at all')));
  await expect(page.getByTestId('notice').filter({ hasText: 'picture.zip is not a zip file' })).toBeVisible();
  await expect(chosen).toBeChecked();
});

test('a folder is read like its zip', async ({ page }, info) => {
  const { mkdir, writeFile } = await import('node:fs/promises');
  const { dirname, join } = await import('node:path');
  const folder = info.outputPath('download');
  for (const [path, text] of Object.entries(good)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await openLab(page, small);
  await page.getByTestId('folder').setInputFiles(folder);
  await expect(page.getByTestId('games-report')).toContainText('6 games read');
});

/** Stops the reading while it runs: it says so, keeps nothing of it, and what was chosen before stays. */
async function stopReading(page: Page, name: string): Promise<void> {
  await expect(page.getByText('Reading your files')).toBeVisible();
  await button(page, 'Stop').click();
  await expect(page.getByTestId('notice').filter({ hasText: 'The reading was stopped; nothing of it was kept.' })).toBeVisible();
  await expect(page.getByText('Reading your files')).toBeHidden();
  await expect(page.getByRole('radio', { name })).toHaveCount(0);
  await expect(page.getByRole('radio', { checked: true, name: /homes.zip/ })).toBeVisible();
}

test('reading a large zip of games can be stopped, and another one is read afterwards', async ({ page }) => {
  await openLab(page, small);
  await bringGames(page, 'homes.zip', zip(good));
  const text = writeGameFile(generateGame('training', 0, { seed: 1, rooms: ['kitchen'] }));
  const many = Object.fromEntries(Array.from({ length: 2500 }, (_, i) => [`train/task/trial_${i}/game.tw-pddl`, text]));
  await page.getByTestId('zip').setInputFiles(give('large.zip', zip(many)));
  await stopReading(page, 'large.zip');
  await bringGames(page, 'after.zip', zip(gameFiles(2)));
  await expect(page.getByTestId('games-report')).toContainText('4 games read');
});

test('reading a large shop can be stopped, and a small one is read afterwards', async ({ page }) => {
  await openLab(page, small);
  await bringGames(page, 'homes.zip', zip(good));
  const made = JSON.stringify(makeProducts({ seed: 3, products: 1000 }).map(({ product }) => product)).slice(1, -1);
  // Each copy under names of its own, so that every product is read and put into the search index.
  const copies = Array.from({ length: 25 }, (_, i) => made.replaceAll('"asin":"B0', `"asin":"${String(i).padStart(2, '0')}`));
  const buffer = Buffer.from(gzipSync(strToU8(`[${copies.join(',')}]`), { level: 1 }));
  await page.getByTestId('zip').setInputFiles({ name: 'items_shuffle.json.gz', mimeType: 'application/gzip', buffer });
  await stopReading(page, 'items_shuffle.json.gz');
  const few = Object.entries(shopFiles(makeProducts({ seed: 3, products: 60 }))).map(([name, value]) => ({
    name,
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(value)),
  }));
  await page.getByTestId('zip').setInputFiles(few);
  await expect(page.getByTestId('games-report')).toContainText('60 products read');
  await expect(page.getByTestId('games-report')).toContainText('The nouns of its titles are in nouns.json.');
});
