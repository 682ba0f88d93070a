/** Episodes can be narrowed, ordered, read turn by turn, compared where they part, and passed on by their address. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { button, mode, turnTo } from './lab.ts';
import { say } from '../src/rules/language.ts';
import { bringRun } from './made.ts';

test.describe('a stored run', () => {
  test.beforeEach(async ({ page }) => {
    await bringRun(page, {});
    await page.goto('./#/episodes/amber-kestrel');
    await expect(page.locator('#turn-1')).toBeVisible();
  });

  test('is narrowed by outcome, kind, iteration, rule and words, and ordered; the address says all of it', async ({ page }) => {
    const list = page.getByTestId('episodes');
    await expect(list.locator('a')).toHaveCount(24);
    await page.getByLabel('Outcome').selectOption('lost');
    await expect(list.locator('.won')).toHaveCount(0);
    await expect(list.locator('a')).toHaveCount(12);
    await page.getByLabel('Kind of task').selectOption('cool');
    await page.getByLabel('Iteration', { exact: true }).selectOption('2');
    await expect(list.locator('a')).toHaveCount(2);
    await expect(page).toHaveURL(/outcome=lost&kind=cool&iteration=2/);
    await page.reload();
    await expect(list.locator('a')).toHaveCount(2);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByLabel('Rule in the prompt').selectOption('r1');
    await expect(list.locator('a')).toHaveCount(8);
    await page.getByRole('button', { name: 'Show all' }).click();

    await page.keyboard.press('/');
    await expect(page.getByLabel('Find a word')).toBeFocused();
    await page.keyboard.type('using the fridge');
    await expect(list.locator('a')).toHaveCount(12);
    await expect(list.locator('.lost')).toHaveCount(0);
    await page.getByLabel('Find a word').fill('no such thing');
    await expect(page.getByText('None of the 24 episodes matches.')).toBeVisible();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByLabel('Order').selectOption('longest');
    await expect(list.locator('a').first()).toContainText('9 steps');
  });

  test('shows each turn with its chance, what else was likely, what carries loss, and where the group parts', async ({ page }) => {
    await page.goto('./#/episodes/amber-kestrel/2.0.0');
    const first = page.locator('#turn-1');
    await expect(first).toContainText('64 % likely');
    await expect(first).toContainText('go to fridge 1 21 %');
    await expect(first).toContainText('take … 9 %');
    await expect(page.getByTestId('fork')).toContainText('Here they part');
    const won = page.getByRole('region', { name: 'Episode 1, won' });
    const lost = page.getByRole('region', { name: 'Episode 2, lost' });
    await expect(won).toContainText('advantage +1.00');
    await expect(lost).toContainText('advantage −1.00');
    await expect(won.locator('.turn').first().locator('.did.loss u')).toHaveText('cool');
    await expect(won.locator('.end')).toContainText('Won at step 4.');
    await expect(lost.locator('.end')).toContainText('the step limit was reached after');
    // The opening is long: capped, and whole on request.
    const opening = page.locator('#turn-0');
    await opening.getByRole('button', { name: 'more' }).click();
    await expect(opening.getByRole('button', { name: 'less' })).toBeVisible();
    await page.getByLabel('Beside').selectOption({ label: 'Episode 3, won' });
    await expect(page).toHaveURL(/beside=2.0.2/);
    await page.getByLabel('Beside').selectOption('none');
    await expect(page.getByTestId('fork')).toHaveCount(0);
    await expect(page.locator('#turn-4')).toBeVisible();
  });

  test('j and k go from turn to turn, and the address of a turn can be passed on', async ({ page }) => {
    await page.goto('./#/episodes/amber-kestrel/2.0.0');
    await expect(page.getByTestId('episode')).toContainText('iteration 2, group 1, episode 1');
    for (let i = 0; i < 4; i++) await page.keyboard.press('j');
    await page.keyboard.press('k');
    await expect(page.locator('#turn-2')).toHaveAttribute('aria-current', 'true');
    await expect(page).toHaveURL(/turn=2/);
    await page.reload();
    await expect(page.locator('#turn-2')).toHaveAttribute('aria-current', 'true');
    await page.getByRole('link', { name: 'Turn 3', exact: true }).click();
    await expect(page.locator('#turn-3')).toHaveAttribute('aria-current', 'true');
    // Keys stay letters where one types.
    await page.getByLabel('Find a word').fill('');
    await page.getByLabel('Find a word').press('j');
    await expect(page.locator('#turn-3')).toHaveAttribute('aria-current', 'true');
  });

  test('its rules are linked with rank and score, there and back', async ({ page }) => {
    await page.goto('./#/episodes/amber-kestrel/2.0.0');
    await page.getByRole('button', { name: 'Read it' }).click();
    await expect(page.locator('.prompt-rules tbody tr')).toHaveText(/1\s*2\s*rule 1\s*Cool it in the fridge first/);
    await page.locator('.prompt-rules tbody a').click();
    await expect(page).toHaveURL(/#\/rules\/amber-kestrel\/cool\?rule=r1/);
    await page.goto('./#/episodes/amber-kestrel/1.0.0');
    await expect(page.getByRole('region', { name: 'What the reflector made of this group' })).toContainText('Cool it in the fridge first.');
    await page.goto('./#/episodes/amber-kestrel/77.0.0');
    await expect(page.getByText('This run does not hold iteration 77, group 1, episode 1')).toBeVisible();
  });

  test('has no serious finding of axe, and no sideways scroll at 360 pixels, in both themes', async ({ page }) => {
    for (const theme of ['light', 'dark'] as const) {
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 740 });
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await page.goto('./#/episodes/amber-kestrel/2.0.0');
        await page.locator('#turn-1').waitFor();
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        // The list is a list, not a slit.
        expect((await page.getByTestId('episodes').locator('xpath=..').boundingBox())?.height).toBeGreaterThan(180);
      }
    }
  });
});

test('five thousand episodes scroll with few of them on the page, and a deep link finds its own', async ({ page }) => {
  await bringRun(page, { iterations: 50, episodes: 100 });
  await page.goto('./#/episodes/amber-kestrel/25.0.2');
  await expect(page.getByText('5000 episodes')).toBeVisible();
  const list = page.getByTestId('episodes');
  await expect(list.locator('a[aria-current]')).toBeInViewport();
  expect(await list.locator('li').count()).toBeLessThan(150);
  const frame = list.locator('xpath=..');
  await expect(async () => {
    await frame.evaluate((element) => (element.scrollTop = element.scrollHeight));
    await expect(list.locator('li').last()).toHaveText(/Episode 50/, { timeout: 500 });
    await expect(list.locator('li').last()).toBeInViewport({ timeout: 500 });
  }).toPass();
  expect(await list.locator('li').count()).toBeLessThan(150);
});

test('the episode being played is there to read while it grows', async ({ page }) => {
  // The embedded policy on hundreds of homes: the first measurement is not stored before the page is looked at.
  await page.goto('./?evalGames=500&evalSteps=100&backend=wasm');
  await button(page, 'Train').click();
  await mode(page, 'running');
  await turnTo(page, 'Episodes');
  // Before anything is stored it is there unasked.
  const episode = page.getByTestId('episode');
  await expect(episode).toContainText('being played now');
  await page.getByRole('link', { name: /Now playing/ }).click();
  await expect(episode).toContainText('being played now');
  await expect(page.locator('#turn-1')).toBeVisible();
  await expect(page.locator('#turn-2')).toBeVisible();
});

test('a turn cites the rule of its prompt that says what it did', async ({ page }) => {
  await bringRun(page, { rules: [say({ kind: 'procedure', family: 'cool' })] });
  await page.goto('./#/episodes/amber-kestrel/2.0.0');
  const won = page.getByRole('region', { name: 'Episode 1, won' });
  const cited = won.getByRole('link', { name: 'rule 1' });
  await expect(cited).toHaveCount(1);
  await expect(won.locator('.turn').filter({ has: page.getByRole('link', { name: 'rule 1' }) })).toContainText(
    'cool lettuce 1 with fridge 1',
  );
  await expect(page.getByRole('region', { name: 'Episode 2, lost' }).locator('.turn .cite')).toHaveCount(0);
  await cited.click();
  await expect(page).toHaveURL(/rules\/amber-kestrel\/cool\?rule=r1/);
});
