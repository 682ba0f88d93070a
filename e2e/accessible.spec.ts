/** axe finds nothing serious on any page or state, wide and narrow, light and dark; a whole run goes by keyboard alone. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { bringGames, button, mode, openLab, small, stored, turnTo } from './lab.ts';

const looks = [
  { width: 1280, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
  { width: 360, scheme: 'light' },
  { width: 360, scheme: 'dark' },
] as const;

/** One line for each serious finding: rule, place, page and look. */
async function findings(page: Page, where: string, all: readonly (typeof looks)[number][] = looks): Promise<string[]> {
  const found: string[] = [];
  for (const { width, scheme } of all) {
    await page.setViewportSize({ width, height: 900 });
    // Without motion a change of theme is whole at once, and that motion can be done without is tried too.
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, impact, nodes } of violations)
      if (impact === 'serious' || impact === 'critical') found.push(`${where}, ${width} ${scheme}: ${id} at ${nodes[0]?.target.join(' ')}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) found.push(`${where}, ${width}: the page scrolls sideways by ${wide} pixels`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  return found;
}

test('no page has a serious finding, empty or after a run', async ({ page }) => {
  test.setTimeout(480_000);
  await openLab(page, small);
  const pages = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents();
  const found: string[] = [];
  const visit = async (state: string) => {
    for (const name of pages) {
      await turnTo(page, name);
      found.push(...(await findings(page, `${name}, ${state}`)));
    }
    await turnTo(page, 'Train');
  };
  await visit('empty');
  await bringGames(page);
  await button(page, 'Train').click();
  await mode(page, 'finished');
  await visit('after a run');
  expect(found).toEqual([]);
});

test('no state of the Train page has a serious finding: loading, running, held, paused, tables, dialogs, notices', async ({ page }) => {
  test.setTimeout(480_000);
  const found: string[] = [];
  const two = [looks[0], looks[3]];
  await openLab(page, { ...small, iterations: 500, group: 5000 });
  found.push(...(await findings(page, 'a clamped value', two)));
  await bringGames(page);
  await button(page, 'Step by one action').click();
  await mode(page, 'held');
  found.push(...(await findings(page, 'held', two)));
  await button(page, 'Go on').click();
  await stored(page, 1);
  found.push(...(await findings(page, 'running', two)));
  await button(page, 'Pause').click();
  await mode(page, 'paused');
  // Each becomes the way back to its curve.
  while ((await button(page, 'table').count()) > 0) await button(page, 'table').first().click();
  await page.getByTestId('all-settings').locator('summary').click();
  found.push(...(await findings(page, 'tables and settings', two)));
  await button(page, 'Link for a class').click();
  await page.getByText('Fix single settings').click();
  found.push(...(await findings(page, 'the link for a class', two)));
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  found.push(...(await findings(page, 'the keys', two)));
  await page.keyboard.press('Escape');
  await turnTo(page, 'Runs');
  await button(page, 'fork').click();
  found.push(...(await findings(page, 'forking', two)));
  expect(found).toEqual([]);
});

test('the page of language models has no serious finding: reading its list, listed, downloading, after a failure', async ({ page }) => {
  test.setTimeout(480_000);
  const found: string[] = [];
  const two = [looks[0], looks[3]];
  let release = (): void => {};
  const held = new Promise<void>((done) => (release = done));
  await page.context().route('https://**', async (route) => {
    await held;
    await route.abort();
  });
  await page.goto('./?backend=cpu#/models');
  found.push(...(await findings(page, 'reading the list', [looks[0]])));
  const row = page.getByRole('listitem').filter({ hasText: /^\s*SmolLM2-135M-Instruct-q0f32-MLC/ });
  await row.waitFor();
  found.push(...(await findings(page, 'the list of models')));
  await row.getByRole('button', { name: 'Download' }).click();
  await expect(page.getByRole('progressbar', { name: 'Progress' })).toBeVisible();
  found.push(...(await findings(page, 'downloading a model', two)));
  release();
  await expect(page.getByRole('alert')).toBeVisible();
  found.push(...(await findings(page, 'a download that failed', two)));
  expect(found).toEqual([]);
});

test('a page below an exercise has no serious finding', async ({ page }) => {
  await openLab(page, { ...small, exercise: 'break', setup: 0 });
  await page.getByRole('complementary', { name: 'Exercise' }).waitFor();
  expect(await findings(page, 'an exercise')).toEqual([]);
});

/** Presses Tab until the element named has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    const here = await page.evaluate(() => {
      const at = document.activeElement;
      return at?.getAttribute('aria-label') ?? at?.textContent?.trim() ?? '';
    });
    if (here === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`"${name}" cannot be reached by Tab.`);
}

test('a whole run goes by keyboard alone: set, begin, pause, step, finish, read its episodes and rules', async ({ page }) => {
  await openLab(page, { ...small, group: 8, iterations: 25 });
  await tabTo(page, 'Learning rate of the adapter (AdamW).');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('0.004');
  await page.keyboard.press('Tab');
  await expect(page).toHaveURL(/lr=0\.004/);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('.');
  await mode(page, 'paused');
  await page.keyboard.press('Space');
  await mode(page, 'running');
  await page.keyboard.press('Space');
  await mode(page, 'paused');
  await tabTo(page, 'Step by one action');
  await page.keyboard.press('Enter');
  await mode(page, 'held');
  await tabTo(page, 'Go on');
  await page.keyboard.press('Enter');
  await mode(page, 'finished');
  await tabTo(page, 'Episodes');
  await page.keyboard.press('Enter');
  await expect(page.locator('#turn-1')).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(page.locator('.turn[aria-current]')).toBeVisible();
  await tabTo(page, 'Rules');
  await page.keyboard.press('Enter');
  await expect(page.locator('main h1').first()).toBeVisible();
});
