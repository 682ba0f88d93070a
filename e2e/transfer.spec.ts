/** Runs and rules travel as files: out of one browser, into another, and hostile ones do no harm. */
import { expect, test, type Page } from '@playwright/test';
import { bringGames, button, download, essence, exportRun, mode, openLab, small, stored, stranger, turnTo } from './lab.ts';

test('an exported run goes on in another browser after everything here is deleted', async ({ page, browser }) => {
  await openLab(page, { ...small, iterations: 2 });
  await bringGames(page);
  await button(page, 'Step by one iteration').click();
  await mode(page, 'paused');
  const { run, text } = await exportRun(page);
  const file = { name: 'run.json', mimeType: 'application/json', buffer: Buffer.from(text) };

  await turnTo(page, 'Runs');
  await button(page, 'delete').click();
  await button(page, 'Delete it').click();
  await expect(page.getByText('No runs yet.')).toBeVisible();
  await page.getByTestId('import-run').setInputFiles(file);
  await expect(page.getByTestId('runs')).toContainText('imported');
  await page.getByRole('link', { name: run.manifest.id }).click();
  await expect(page.getByTestId('verdict')).toContainText('of 4 games');
  expect(essence((await exportRun(page)).run)).toEqual(essence(run));

  const { context, page: elsewhere } = await stranger(browser);
  await openLab(elsewhere, small, '#/runs');
  await elsewhere.getByTestId('import-run').setInputFiles(file);
  await elsewhere.getByRole('link', { name: run.manifest.id }).click();
  // Its games are not in this browser: that is said, and bringing them mends it.
  await button(elsewhere, 'Go on').click();
  await expect(elsewhere.getByTestId('now')).toContainText('load them again');
  await bringGames(elsewhere, 'same-games.zip');
  await button(elsewhere, 'Go on').click();
  await mode(elsewhere, 'finished');
  await context.close();
});

test('rules are written, edited, switched off, exported, and come in elsewhere as pending', async ({ page, browser }) => {
  const sentence = 'Look into the fridge before the cabinets.';
  await openLab(page, small, '#/rules/-/cool');
  await button(page, 'Write a rule').click();
  await page.getByRole('textbox', { name: /new rule/ }).fill(sentence);
  await button(page, 'Keep it').click();
  const rule = page.locator('.rule[data-status]').first();
  await expect(rule).toContainText(sentence);

  await rule.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Rule 1' }).fill(`${sentence} <img src=x onerror=alert(1)>`);
  await button(page, 'Keep this wording').click();
  await expect(rule).toContainText('<img src=x');
  expect(await rule.locator('img').count()).toBe(0);
  await rule.getByRole('button', { name: 'Switch off' }).click();
  await expect(rule).toHaveAttribute('data-status', 'disabled');
  await rule.getByRole('button', { name: 'Switch on' }).click();
  await expect(rule).toHaveAttribute('data-status', 'active');
  const { name, text } = await download(page, () => button(page, 'Export').click());
  expect(name).toMatch(/\.rules\.json$/);
  expect(JSON.parse(text)).toMatchObject({ format: 'jerp-lab rules', version: 1, rules: [{ scope: 'cool' }] });

  const { context, page: elsewhere } = await stranger(browser);
  await openLab(elsewhere, small, '#/rules/-/cool');
  const take = (at: Page, label: string) => at.getByTestId('compare').getByRole('button', { name: label }).click();
  await elsewhere.getByTestId('import-rules').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  await take(elsewhere, 'Take in 1 rule as pending');
  const pending = elsewhere.locator('.rule[data-status=pending]');
  await expect(pending).toContainText(sentence);
  await pending.getByRole('button', { name: 'Take it in' }).click();
  await expect(elsewhere.locator('.rule[data-status=active]')).toContainText(sentence);
  await elsewhere.getByTestId('import-rules').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  await expect(elsewhere.getByTestId('compare')).toContainText('0 rules new here, 0 in other words, 1 the same, 0 only here');
  await context.close();
});

test('rules that come in while a run is training wait for the end of its iteration, all of them', async ({ page }) => {
  await openLab(page, { ...small, iterations: 500 });
  await bringGames(page);
  await button(page, 'Train').click();
  await stored(page, 1);
  await turnTo(page, 'Rules');
  await page.getByRole('link', { name: /^Cool/ }).click();
  const rules = ['One.', 'Two.', 'Three.'].map((text) => ({ scope: 'cool', text }));
  const pool = JSON.stringify({ format: 'jerp-lab rules', version: 1, rules });
  await page.getByTestId('import-rules').setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(pool) });
  await button(page, 'Take in 3 rules as pending').click();
  await expect(page.locator('.rule[data-status=pending]')).toHaveCount(3);
});

test.describe('files that are not ours', () => {
  const cases: [string, string, RegExp][] = [
    ['plain text', 'hello', /is not JSON/],
    ['another format', '{"format":"x","version":1}', /not a rule pool of jerp-lab/],
    ['no list of rules', '{"format":"jerp-lab rules","version":1,"rules":{"a":1}}', /has no list of rules/],
    [
      'some bad rules',
      JSON.stringify({ format: 'jerp-lab rules', version: 1, rules: [{ scope: 'cool', text: 'Good one.' }, { scope: 'cool' }, 7] }),
      /except for 2 of 3 rules/,
    ],
  ];
  for (const [name, text, sentence] of cases) {
    test(`${name} is answered in one sentence`, async ({ page }) => {
      await openLab(page, small, '#/rules/-/cool');
      await page.getByTestId('import-rules').setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(text) });
      await expect(page.getByTestId('notice').or(page.getByTestId('compare')).filter({ hasText: sentence })).toBeVisible();
    });
  }
});
