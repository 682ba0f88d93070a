/** A person's own games: the good ones are used, the rest is counted and named; a bad file loses nothing. */
import { expect, test } from '@playwright/test';
import { bringGames, gameFiles, openLab, small, zip } from './lab.ts';

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
