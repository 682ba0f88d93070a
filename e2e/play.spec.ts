/** Any task can be played by hand, in both environments: by buttons, by keys, to the end, and back. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { readGameFile } from '../src/envs/alfworld/problem.ts';
import { makeProducts, shopFiles } from '../src/envs/webshop/made-shop.ts';
import { address, button, mode, openLab, small, turnTo } from './lab.ts';

/** Follows the expert to the end. */
async function follow(page: Page): Promise<void> {
  for (let i = 0; i < 40; i++) {
    const actions = await page.locator('.play .meta').textContent();
    await page.keyboard.press('h');
    const advice = page.locator('.advice button');
    // At the end of a game there is none; on a busy machine it takes a moment.
    const found = await advice.waitFor({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
    if (!found) return;
    await advice.click();
    await expect(page.locator('.play .meta')).not.toHaveText(actions ?? '');
  }
}

test('a household game: every listed command is a button, anything can be typed, and the expert leads to the win', async ({ page }) => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(address({ backend: 'cpu' }, '#/play'));
  const play = page.getByTestId('play');
  await expect(play.getByRole('group', { name: 'go to' }).getByRole('button').first()).toBeVisible();
  const first = await page.locator('h2.task').textContent();

  await page.keyboard.press('/');
  await page.keyboard.type('dance on the table');
  await page.keyboard.press('Enter');
  await expect(play.locator('.turn').last()).toContainText('Nothing happens.');
  await page.keyboard.type('inventory');
  await page.keyboard.press('Enter');
  await expect(play.locator('.turn').last()).toContainText('You are not carrying anything.');
  await page.keyboard.press('Escape');
  await button(page, 'Take back').click();
  await expect(play.locator('.turn')).toHaveCount(2);
  await button(page, 'Start over').click();
  await expect(play.locator('.turn')).toHaveCount(1);

  await follow(page);
  await expect(play.locator('.over')).toContainText('Won');
  const download = page.waitForEvent('download');
  await button(page, 'Save as game.tw-pddl').click();
  const file = await readFile(await (await download).path(), 'utf8');
  expect(readGameFile(file, 'a/b/c')?.walkthrough?.length).toBeGreaterThan(0);

  // The address names the game; the next one is another.
  await page.reload();
  await expect(page.locator('h2.task')).toHaveText(first ?? '');
  await button(page, 'Next one').click();
  await expect(page.locator('.play .meta')).toContainText('generated/training/1 ');
  expect(problems).toEqual([]);
});

test('the agent can be asked what it would do, with its chances, and what it says can be done', async ({ page }) => {
  await openLab(page, { backend: 'wasm', model: 'micro' }, '#/play');
  const hint = page.getByTestId('hint');
  await button(page, 'Ask the agent').click();
  await expect(hint).toContainText('The untrained agent would');
  const action = await hint.getByRole('button').textContent();
  await hint.getByRole('button').click();
  await expect(page.getByTestId('play').locator('.turn').last()).toContainText(action ?? 'nothing');
  await expect(hint).toHaveCount(0);
  // After a turn it is asked about what stands there now.
  await page.keyboard.press('a');
  await expect(hint.getByRole('button')).toBeVisible();
  await button(page, 'Take back').click();
  await expect(hint).toHaveCount(0);
});

test('the shop is a page: search, open, choose, buy, and every part of the score is told', async ({ page }) => {
  await page.goto(address({ backend: 'cpu' }, '#/play?env=webshop'));
  const shop = page.getByRole('region', { name: "The shop's page" });
  await page.getByRole('searchbox', { name: 'Search the shop' }).fill('shoes');
  await page.keyboard.press('Enter');
  await expect(shop.getByRole('heading')).toContainText('Page 1 (Total results:');
  await button(page, 'Next >').click();
  await expect(shop.getByRole('heading')).toContainText('Page 2');
  await shop.locator('.products button').first().click();
  const radio = shop.getByRole('radio').first();
  if (await radio.count()) {
    await radio.check();
    await expect(radio).toBeChecked();
  }
  await button(page, 'Description').click();
  await expect(shop.getByRole('heading')).toHaveText('Description');
  await button(page, '< Prev').click();
  await button(page, 'Buy Now').click();
  await expect(page.getByTestId('score')).toContainText(/^[01]\.\d\d/);
  await expect(shop.getByRole('row', { name: /the right kind of product/ })).toBeVisible();

  await button(page, 'Start over').click();
  await expect(page.getByTestId('score')).toBeHidden();
  await follow(page);
  await expect(page.getByTestId('score')).toContainText('1.00');
  await page.getByText('What an agent reads and sends').click();
  await expect(page.locator('.agent .turn').last()).toContainText('Thank you for shopping with us!');
});

test('an id that does not exist is told, and the choice stays usable', async ({ page }) => {
  await page.goto(address({ backend: 'cpu' }, '#/play/-/no-such-game'));
  await expect(page.getByRole('alert')).toContainText('"no-such-game" is not a generated home');
  await button(page, 'Open').click();
  await expect(page.locator('.can')).toBeVisible();
});

test('an environment that does not exist is named beside those that do', async ({ page }) => {
  await page.goto(address({ backend: 'cpu' }, '#/play/-/no-such-game?env=moon&set=craters'));
  const told = page.getByTestId('play').getByRole('alert');
  await expect(told).toHaveText('"moon" is not a known environment. Known: AlfWorld, WebShop.');
  await told.getByRole('link', { name: 'WebShop' }).click();
  await expect(page.getByRole('region', { name: "The shop's page" })).toBeVisible();
  await expect(told).toHaveCount(0);
  // From a game that is being played it is the same.
  await page.goto(address({ backend: 'cpu' }, '#/play?env=toString'));
  await expect(told).toContainText('"toString" is not a known environment.');
  await expect(page.getByRole('region', { name: "The shop's page" })).toHaveCount(0);
});

test("a person's own shop is read, trained on and played; what is broken in it is told", async ({ page }) => {
  await openLab(page, { ...small, iterations: 1 });
  const contents = shopFiles(makeProducts({ seed: 3, products: 120 }));
  (contents['items_shuffle.json'] as unknown[]).push({ asin: 'B0BROKEN', name: 'x', pricing: 'cheap' });
  // Without nouns.json, as the original's files come.
  delete contents['nouns.json'];
  const files = Object.entries(contents).map(([name, value]) => ({
    name,
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(value)),
  }));
  await page.getByTestId('zip').setInputFiles(files);
  const report = page.getByTestId('games-report');
  await expect(report).toContainText('120 products read, 1 left out');
  await expect(report).toContainText("guessed: in 5 of 5 recorded cases the guess led to the same judgement as the original's tagger");
  await report.getByText('What was left out').click();
  await expect(report).toContainText('B0BROKEN: its price "cheap" has no "$" in it');
  await button(page, 'Train').click();
  await mode(page, 'finished');
  await turnTo(page, 'Episodes');
  await expect(page.getByTestId('episode').locator('.turn').nth(1)).toContainText('search[');

  await page.getByRole('link', { name: 'Play it yourself' }).click();
  await expect(page.getByRole('searchbox', { name: 'Search the shop' })).toBeVisible();
  await expect(page.locator('.play .meta')).toContainText(/(human|synthetic)\/\d+/);
  await page.getByText('What is odd about this shop').click();
  await expect(page.getByText('Where no nouns.json names them they are guessed; in 5 of 5 recorded cases')).toBeVisible();
});

for (const env of ['alfworld', 'webshop']) {
  test(`${env}: no serious finding of axe, and no sideways scroll at 360 pixels, in both themes`, async ({ page }) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(address({ backend: 'cpu' }, `#/play?env=${env}`));
        await page.reload();
        await expect(page.locator('.can, .shop')).toBeVisible();
        if (env === 'webshop') {
          await page.locator('.offered button').first().click();
          await page.locator('.products button').first().click();
          await expect(button(page, 'Buy Now')).toBeVisible();
        }
        const { violations } = await new AxeBuilder({ page }).analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
    }
  });
}
