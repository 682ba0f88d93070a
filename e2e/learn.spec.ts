/** Learn explains the loop with the run's own numbers; each exercise opens ready, and its checks follow the runs. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { bringRun } from './made.ts';
import { bringGames, button, mode, openLab, small, stored, turnTo } from './lab.ts';

test('the loop is told with the numbers of the run, linked to its episodes', async ({ page }) => {
  await bringRun(page, {});
  await page.goto('./#/learn/amber-kestrel');
  const article = page.locator('.article');
  await expect(article).toContainText('A win is worth +1.00 here and a loss −1.00');
  await expect(article).toContainText('μ is 0.500 and σ is 0.500 in this group');
  await page.getByRole('link', { name: 'look at it' }).click();
  await expect(page.getByTestId('episode')).toContainText('iteration 3');
});

test('the loop can be walked through, by itself and phase by phase, with what the run stored', async ({ page }) => {
  await bringRun(page, {});
  await page.goto('./#/learn/amber-kestrel');
  await expect(page.locator('.article')).toContainText('A win is worth +1.00');
  const says = page.getByTestId('walk');
  const lit = page.locator('.loop [aria-current=step]');
  await button(page, 'Next phase').click();
  await expect(says).toContainText('Choosing rules.');
  await expect(lit).toContainText('Retrieve');
  await button(page, 'Next phase').click();
  await expect(says).toContainText('Four episodes of');
  await button(page, 'Next phase').click();
  await expect(says).toContainText('Two won, two lost.');
  await button(page, 'Next phase').click();
  await expect(says).toContainText('A win is worth +1.00 here, a loss −1.00.');
  await button(page, 'Next phase').click();
  await button(page, 'Next phase').click();
  await expect(lit).toContainText('Rule edits');
  await button(page, 'End the walk').click();
  await expect(lit).toHaveCount(0);
  await button(page, 'Walk through the loop').click();
  await expect(says).toContainText('Choosing rules.');
  await expect(says).toContainText('Playing.');
  await button(page, 'Stop here').click();
  await expect(lit).toContainText('Act');
});

test('each of the five exercises opens a ready experiment through its address', async ({ page }) => {
  await page.goto('./#/learn');
  await expect(page.locator('.exercise')).toHaveCount(5);
  const addresses = await page
    .locator('.exercise .openers a')
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
  expect(addresses.length).toBe(8);
  for (const address of addresses) {
    await page.goto('about:blank');
    await page.goto(address);
    await expect(page.getByRole('complementary', { name: 'Exercise' })).toContainText('Look for this:');
    expect(new URL(page.url()).searchParams.get('iterations')).toBeTruthy();
    await expect(page.getByTestId('notice')).toHaveCount(0);
  }
});

test('wrong rules are put in, the run goes on with them, and the checks count what becomes of them', async ({ page }) => {
  await page.goto('./#/learn');
  await page.getByTestId('exercise-break').getByRole('link').click();
  await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
  await button(page, 'Put the wrong rules in').click();
  const checks = page.getByTestId('checks-break');
  await expect(checks).toContainText('0 of 12 wrong rules have been voted down');
  // A page that is opened again knows that they are in.
  const bar = page.getByRole('complementary', { name: 'Exercise' });
  await expect(bar).toContainText('They are in; press Train.');
  await page.reload();
  await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
  await expect(bar).toContainText('They are in; press Train.');
  await expect(button(page, 'Put the wrong rules in')).toBeDisabled();
  await button(page, 'Step by one iteration').click();
  await mode(page, 'paused');
  await expect(checks).toContainText('is at iteration 1 of 12');
});

test('an exercise is opened without ending the run that is being trained, which is said and can be paused', async ({ page }) => {
  await openLab(page, { ...small, iterations: 500 });
  await bringGames(page);
  await button(page, 'Train').click();
  await stored(page, 1);
  const running = new URL(page.url()).hash.split('/')[2] as string;
  await page.evaluate(() => (document.body.dataset.same = 'page'));
  await turnTo(page, 'Learn');
  await page.getByTestId('exercise-break').getByRole('link').click();
  const bar = page.getByRole('complementary', { name: 'Exercise' });
  await expect(bar).toContainText('Begin with twelve rules that are wrong');
  await expect(bar).toContainText(`${running} is still being trained.`);
  await expect(page.locator('body')).toHaveAttribute('data-same', 'page');
  const query = new URL(page.url()).searchParams;
  expect([query.get('seed'), query.get('iterations'), query.get('model'), query.get('tasks')]).toEqual(['7', '12', 'micro', null]);
  await expect(button(page, 'Put the wrong rules in')).toBeDisabled();
  // It goes on meanwhile.
  await page.evaluate((id) => (location.hash = `#/train/${id}`), running);
  await mode(page, 'running');
  const before = Number(await page.getByRole('progressbar', { name: 'Iterations' }).getAttribute('value'));
  await stored(page, before + 1);
  await button(page, 'Pause it').click();
  await mode(page, 'paused');
  await expect(bar).not.toContainText('still being trained');
  await bar.getByRole('button', { name: 'Put the wrong rules in' }).click();
  await expect(page.getByTestId('checks-break')).toContainText('0 of 12 wrong rules have been voted down');
  // What is in for one exercise is not in for the next.
  await turnTo(page, 'Learn');
  await page.getByTestId('exercise-transfer').getByRole('link', { name: 'Open the one with the pool' }).click();
  await expect(button(page, 'Put the ready pool in')).toBeEnabled();
});

test('an exercise keeps its settings while another run is looked at, and speaks of its own run', async ({ page }) => {
  await bringRun(page, {});
  await page.goto('./#/learn');
  await page.getByTestId('exercise-break').getByRole('link').click();
  await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
  const setUp = new URL(page.url()).search;
  await page.evaluate(() => (location.hash = '#/train/amber-kestrel'));
  const bar = page.getByRole('complementary', { name: 'Exercise' });
  await expect(bar).toContainText('The page shows amber-kestrel, not the run that this exercise is about.');
  expect(new URL(page.url()).search).toBe(setUp);
  await button(page, 'Put the wrong rules in').click();
  await expect(page.getByTestId('checks-break')).toContainText('0 of 12 wrong rules have been voted down');
  await expect(bar).not.toContainText('The page shows');
  // Back at the other run, the way to this one is offered.
  await page.evaluate(() => (location.hash = '#/train/amber-kestrel'));
  await bar.getByRole('link', { name: /^Open / }).click();
  await expect(bar).not.toContainText('The page shows');
});

test('Back leads out of an exercise to the run and the settings of before, and Forward into it again', async ({ page }) => {
  await bringRun(page, {});
  await page.goto('./#/learn');
  const note = page.locator('.article');
  await expect(note).toContainText('amber-kestrel');
  const before = new URL(page.url()).search;
  await page.getByTestId('exercise-break').getByRole('link').click();
  const bar = page.getByRole('complementary', { name: 'Exercise' });
  await expect(bar).toContainText('Begin with twelve rules that are wrong');
  await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
  await button(page, 'Put the wrong rules in').click();
  await expect(bar).toContainText('They are in; press Train.');
  await page.goBack();
  await expect(bar).toContainText('They are in; press Train.');
  await page.goBack();
  await expect(bar).toHaveCount(0);
  await expect(note).toContainText('amber-kestrel');
  await expect(page.getByTestId('machine')).toContainText('amber-kestrel');
  expect(new URL(page.url()).search).toBe(before);
  await page.goForward();
  await expect(bar).toContainText('They are in; press Train.');
  expect(new URL(page.url()).searchParams.get('iterations')).toBe('12');
  await page.goBack();
  await expect(bar).toHaveCount(0);
  // What is trained next has the settings of before.
  await turnTo(page, 'Train');
  await expect(page.getByTestId('machine')).toContainText('amber-kestrel');
  expect(new URL(page.url()).search).toBe(before);
});

test('the bar of an exercise can be folded and left; its settings stay, and a reload does not bring it back', async ({ page }) => {
  await page.goto('./#/learn');
  await page.getByTestId('exercise-rules-off').getByRole('link').click();
  const bar = page.getByRole('complementary', { name: 'Exercise' });
  await expect(bar).toContainText('Look for this:');
  await button(page, 'Fold').click();
  await expect(bar.getByText('Look for this:')).toBeHidden();
  await page.reload();
  await expect(bar.getByText('Look for this:')).toBeHidden();
  await button(page, 'Unfold').click();
  await expect(bar.getByText('Look for this:')).toBeVisible();
  await button(page, 'Leave the exercise').click();
  await expect(bar).toHaveCount(0);
  await expect(page.locator('#main')).toBeFocused();
  await expect(page).toHaveURL(/iterations=8/);
  await page.reload();
  await expect(page.getByRole('toolbar', { name: 'Training' })).toBeVisible();
  await expect(page).toHaveURL(/iterations=8/);
  await expect(bar).toHaveCount(0);
});

test('has no serious finding of axe, and no sideways scroll at 360 pixels, in both themes', async ({ page }) => {
  await bringRun(page, {});
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 740 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.goto('./#/learn/amber-kestrel');
      await page.locator('.exercise').first().waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  }
});
