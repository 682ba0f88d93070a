/** A run survives its tab: killed, it goes on from the last stored iteration and ends where it would have ended. */
import { expect, test } from '@playwright/test';
import { bringGames, button, essence, exportRun, mode, openLab, small, stored, turnTo } from './lab.ts';

const settings = { ...small, iterations: 8, seed: 4 };

test('a page killed in the middle of a run goes on, to the same weights and rules as one left in peace', async ({ page, context }) => {
  await openLab(page, settings);
  await bringGames(page);
  await button(page, 'Train').click();
  await mode(page, 'finished');
  const { run: peaceful } = await exportRun(page);

  await button(page, 'Start over').click();
  await mode(page, 'running');
  // Killed once the first iteration is stored, in the middle of the second.
  await stored(page, 1);
  const hash = new URL(page.url()).hash;
  await page.close({ runBeforeUnload: false });

  const again = await context.newPage();
  await openLab(again, settings, hash);
  await mode(again, 'interrupted');
  await expect(again.getByTestId('now')).toContainText('is stored; go on from there');
  await button(again, 'Go on').click();
  await mode(again, 'finished');
  expect(essence((await exportRun(again)).run)).toEqual(essence(peaceful));
});

test('pausing puts the work down safely, and a reload goes on where it stopped', async ({ page }) => {
  await openLab(page, { ...settings, iterations: 500 });
  await bringGames(page);
  await button(page, 'Train').click();
  await stored(page, 1);
  await button(page, 'Pause').press('Enter');
  await mode(page, 'paused', 30_000);
  // Whoever pauses by a key goes on by the same.
  await expect(button(page, 'Go on')).toBeFocused();
  const [, last] = /after iteration (\d+)/.exec((await page.locator('.reach').textContent()) ?? '') ?? [];
  await page.reload();
  await mode(page, 'paused');
  await expect(page.getByText(`Paused after iteration ${last}`)).toBeVisible();
  await button(page, 'Step by one iteration').click();
  await expect(page.getByText(`Paused after iteration ${Number(last) + 1}`)).toBeVisible();
});

test('the run last trained is opened, not the newest; a tab that reads along begins no run beside it, and says why', async ({
  page,
  context,
}) => {
  await openLab(page, { ...small, iterations: 500 });
  await bringGames(page);
  await button(page, 'Train').click();
  await stored(page, 1);
  const used = new URL(page.url()).hash;
  const other = await context.newPage();
  await openLab(other, { ...small, iterations: 500 });
  await mode(other, 'elsewhere');
  await expect(button(other, 'Start over')).toBeDisabled();
  await expect(button(other, 'Start over')).toHaveAttribute('title', /Another tab trains this run/);
  await turnTo(other, 'Runs');
  const begin = button(other, 'New run');
  await expect(begin).toHaveAttribute('aria-disabled', 'true');
  await begin.click({ force: true });
  await expect(other.getByTestId('notice')).toContainText(/is being trained in another tab: a second run .* Pause it over there first\./);
  await expect(other.getByTestId('runs').locator('tbody tr')).toHaveCount(1);
  // A newer run, made in a tab that is closed then.
  await button(other, 'fork').click();
  await button(other, 'Fork it').click();
  await button(other, 'Go on').click();
  await mode(other, 'running');
  expect(new URL(other.url()).hash).not.toBe(used);
  await other.close();
  const value = Number(await page.getByRole('progressbar', { name: 'Iterations' }).getAttribute('value'));
  await stored(page, value + 1);
  await button(page, 'Pause').click();
  await mode(page, 'paused');
  const later = await context.newPage();
  await openLab(later, { ...small, iterations: 500 });
  await expect(later).toHaveTitle(`Train · ${used.split('/')[2]} · jerp-lab`);
});

test('a second tab cannot train a run that the first one holds, and says so', async ({ page, context }) => {
  await openLab(page, { ...settings, iterations: 200 });
  await bringGames(page);
  await button(page, 'Train').click();
  await stored(page, 1);
  const other = await context.newPage();
  await openLab(other, small, new URL(page.url()).hash);
  await mode(other, 'elsewhere');
  await expect(other.getByTestId('now')).toContainText('Training in another tab');
  await expect(button(other, 'Train')).toBeDisabled();
  await page.close();
  await mode(other, 'interrupted');
});

const asSoonAsNamed = 'as soon as the address names the run';
for (const moment of [0, 100, 400, 1200, asSoonAsNamed] as const)
  test(`a page reloaded right after Train (${moment}${moment === asSoonAsNamed ? '' : ' ms'}) has the run that its address names, or is ready with the same settings`, async ({
    page,
  }) => {
    const named = /#\/train\/[a-z]+-[a-z]+$/;
    await openLab(page, { ...settings, iterations: 500 });
    await bringGames(page);
    const query = new URL(page.url()).search;
    await button(page, 'Train').click();
    if (typeof moment === 'number') await page.waitForTimeout(moment);
    else await page.waitForURL(named);
    await page.reload();
    await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 120_000 });
    await expect(page.locator('.transport')).toHaveAttribute('data-mode', /^(ready|interrupted)$/);
    await expect(page.getByText('There is no run named')).toHaveCount(0);
    expect(new URL(page.url()).search).toBe(query);
    // A run that was stored before its name came into the address is found without it.
    if (named.test(page.url())) await mode(page, 'interrupted');
    else await expect(page.locator('.reach')).toContainText(/Ready 500 iterations|of 500/);
    await page.locator('.transport .primary').click();
    await mode(page, 'running');
    await stored(page, 1);
  });
