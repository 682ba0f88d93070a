/** A first visit as a person makes it who reads nothing but the page: no settings in the address, no games brought along. */
import { expect, test } from '@playwright/test';
import { readRules } from '../src/storage/transfer.ts';
import { button, download, mode, turnTo } from './lab.ts';

test('from a cold page to a trained agent, one of its episodes, and its rules as a file', async ({ page }) => {
  test.setTimeout(600_000);
  await page.goto('./');
  // Something plays before anything has been pressed, and the page says what to do.
  await expect(page.getByTestId('now')).toContainText('Press Train');
  // Two iterations are enough to see it: the only setting that is changed, in the sentence that states the run.
  await page.getByRole('textbox', { name: 'Training iterations.' }).fill('2');
  await page.keyboard.press('Enter');
  await button(page, 'Train').click();
  await mode(page, 'running');

  // Before anything is stored, the episode being played stands there unasked.
  await turnTo(page, 'Episodes');
  await expect(page.getByTestId('episode')).toContainText('being played now');
  await turnTo(page, 'Train');
  await mode(page, 'finished', 540_000);
  await expect(page.getByTestId('verdict')).toContainText('of 60 games it never trains on won');

  await turnTo(page, 'Episodes');
  await expect(page.locator('#turn-1')).toBeVisible();
  await turnTo(page, 'Rules');
  const shown = (await page.locator('.rule[data-status=active] .text > bdi').allTextContents()).map((text) => text.trim());
  expect(shown.length).toBeGreaterThan(0);
  const { name, text } = await download(page, () => button(page, 'Export').click());
  const pool = readRules(text, name);
  for (const sentence of shown) expect(pool.rules.map((rule) => rule.text)).toContain(sentence);
});
