/** Pressing Train trains: curves, rules and episodes appear, and all of it is still there after a reload. */
import { expect, test, type Page } from '@playwright/test';
import { bringGames, button, exportRun, mode, openLab, small, turnTo } from './lab.ts';
import { bringRun } from './made.ts';

test("two iterations on a person's own games change weights and rules, and can be read", async ({ page }) => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await openLab(page, { ...small, group: 8 });
  await mode(page, 'ready');
  await bringGames(page);
  await expect(page.getByTestId('games-report')).toContainText('12 games read');

  await button(page, 'Train').click();
  await mode(page, 'running');
  await mode(page, 'finished');
  await expect(page.getByTestId('verdict')).toContainText('of 4 games it never trains on won');
  await expect(page.getByTestId('now')).toContainText('All 2 iterations are stored');

  // The curve's table twin has the measurement before training and both iterations.
  await button(page, 'table').first().click();
  await expect(page.getByTestId('curve-table').locator('tbody tr')).toHaveCount(3);

  const { run } = await exportRun(page);
  expect(run.metrics.map((m) => m.iteration)).toEqual([0, 1, 2]);
  expect(run.metrics.some((m) => m.update !== null)).toBe(true);
  expect(run.checkpoint.adapter.step).toBeGreaterThan(0);
  expect(run.events.length).toBeGreaterThan(0);

  // Rules in their kind's book, with the episodes they come from.
  await turnTo(page, 'Rules');
  await expect(page.locator('.rule .text').first()).toBeVisible();
  await page.locator('.rule .side a').first().click();
  await expect(page.getByTestId('episode').locator('.turn').first()).toBeVisible();
  const address = page.url();

  await page.reload();
  await expect(page.getByTestId('episode').locator('.turn').first()).toBeVisible();
  expect(page.url()).toBe(address);
  await turnTo(page, 'Runs');
  await expect(page.getByTestId('runs')).toContainText('finished');
  expect(problems).toEqual([]);
});

test('one step trains one iteration and then waits; space goes on', async ({ page }) => {
  await openLab(page, { ...small, iterations: 3 });
  await bringGames(page);
  await button(page, 'Step by one iteration').click();
  await mode(page, 'paused');
  await expect(page.getByText('Paused after iteration 1')).toBeVisible();
  await page
    .locator('h1')
    .first()
    .evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('Space');
  await mode(page, 'finished');
  await button(page, 'Train 20 more').click();
  await expect(page.getByText('Done 23 of 23')).toBeVisible({ timeout: 120_000 });
});

test('keys work whatever button has the focus: only Space presses that button, and a key held down counts once', async ({ page }) => {
  await openLab(page, { ...small, iterations: 4 });
  await bringGames(page);
  // A click leaves the focus on what was clicked.
  await button(page, 'Step by one iteration').click();
  await expect(page.getByText('Paused after iteration 1')).toBeVisible();
  await page.getByRole('switch', { name: 'Slow motion' }).focus();
  await page.keyboard.press('.');
  await expect(page.getByText('Paused after iteration 2')).toBeVisible();
  await page.getByRole('switch', { name: 'Slow motion' }).press('Space');
  await expect(page.getByRole('switch', { name: 'Slow motion' })).toBeChecked();
  await page.getByRole('switch', { name: 'Slow motion' }).press('Space');
  await mode(page, 'paused');
  await button(page, 'Step by one iteration').press('Space');
  await expect(page.getByText('Paused after iteration 3')).toBeVisible();
  await page.getByRole('link', { name: 'Train', exact: true }).focus();
  await page.keyboard.down('Space');
  await mode(page, 'running');
  // The second is what a key sends that is held down.
  await page.keyboard.down('Space');
  await page.keyboard.up('Space');
  await mode(page, 'finished');
});

test('a key pressed right after a dialog was closed is heard', async ({ page }) => {
  await openLab(page, small);
  await expect(button(page, 'Train')).toBeEnabled();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  // In one task, before a frame is drawn: the focus is still inside the dialog then.
  const heard = await page.evaluate(() => {
    const dialog = document.querySelector<HTMLDialogElement>('dialog[open]');
    dialog?.close();
    const inside = dialog?.contains(document.activeElement);
    const key = new KeyboardEvent('keydown', { key: '.', bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(key);
    return { inside, taken: key.defaultPrevented };
  });
  expect(heard).toEqual({ inside: true, taken: true });
  await expect(page).toHaveURL(/#\/train\/\w/);
});

test('settings chosen for the next run stay while older runs are looked at and over a reload, until they are used or put back', async ({
  page,
}) => {
  await bringRun(page, {});
  await bringRun(page, { id: 'brave-otter' });
  const look = (run: string) => page.evaluate((to) => (location.hash = `#/train/${to}`), run);
  await page.goto('./?backend=wasm#/train/amber-kestrel');
  await page.getByRole('textbox', { name: 'Rollouts of each task.' }).fill('6');
  await page.keyboard.press('Tab');
  const group = page.getByRole('textbox', { name: 'Rollouts of each task.' });
  for (const run of ['brave-otter', 'amber-kestrel']) {
    await look(run);
    await expect(page).toHaveTitle(`Train · ${run} · jerp-lab`);
    await expect(page.getByText(`${run} goes on with its own settings.`)).toBeVisible();
    await expect(group).toHaveValue('6');
  }
  await page.reload();
  await expect(page.getByText('amber-kestrel goes on with its own settings.')).toBeVisible();
  await look('brave-otter');
  await expect(page.getByText('brave-otter goes on with its own settings.')).toBeVisible();
  await expect(group).toHaveValue('6');
  await button(page, 'Put them back').click();
  await expect(page.getByText('goes on with its own settings.')).toHaveCount(0);
  await look('amber-kestrel');
  await expect(page).toHaveTitle('Train · amber-kestrel · jerp-lab');
  await expect(page.getByText('goes on with its own settings.')).toHaveCount(0);
});

test('a run that is being trained is not deleted, and it is said why', async ({ page }) => {
  await openLab(page, small);
  await bringGames(page);
  await button(page, 'Step by one action').click();
  await mode(page, 'held');
  await turnTo(page, 'Runs');
  const erase = button(page, 'delete');
  await expect(erase).toHaveAttribute('title', /is being trained: pause it before it is deleted/);
  // It is no dead button: a keyboard reaches it, and it answers.
  await erase.press('Enter');
  await expect(page.getByTestId('notice').filter({ hasText: 'is being trained: pause it before it is deleted' })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('settings live in the address: unknown ones are ignored, out-of-range ones clamped and told', async ({ page }) => {
  await openLab(page, { ...small, group: 5000, nonsense: 1 });
  await expect(page.getByText('group was 5000; using 32')).toBeVisible();
  await expect(page).toHaveURL(/group=32/);
  await page.getByRole('textbox', { name: 'Rollouts of each task.' }).fill('6');
  await page.keyboard.press('Tab');
  await expect(page).toHaveURL(/group=6/);
});

test('a note about a clamped setting leads to its control, in the sentence or in the list, and goes when it is changed', async ({
  page,
}) => {
  await openLab(page, { ...small, group: 5000, kl: 7 }, '#/runs');
  const notes = page.getByTestId('changed');
  await expect(notes).toHaveCount(2);
  await notes.filter({ hasText: 'group was 5000; using 32' }).getByRole('button', { name: 'Change it' }).click();
  // On the page where the settings are, with the value selected: typing replaces it.
  await expect(page.getByRole('textbox', { name: 'Rollouts of each task.' })).toBeFocused();
  await page.keyboard.type('6');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/group=6/);
  await expect(notes).toHaveCount(1);
  await notes.getByRole('button', { name: 'Change it' }).click();
  await expect(page.getByTestId('all-settings').getByLabel('kl β')).toBeFocused();
  await page.keyboard.type('0.05');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/kl=0\.05/);
  await expect(notes).toHaveCount(0);
});

test('that an experiment of the address is not known is told where runs are stored, too', async ({ page }) => {
  await bringRun(page, {});
  await page.goto('./?preset=nonsense');
  await expect(page.getByText('amber-kestrel').first()).toBeVisible();
  const told = page.getByTestId('changed').filter({ hasText: '"nonsense" is not a known preset' });
  await expect(told).toBeVisible();
  await told.getByRole('button', { name: 'Dismiss' }).click();
  await expect(told).toHaveCount(0);
});

test('the embedded policy trains on the homes that come with the app', async ({ page }) => {
  await openLab(page, { backend: 'wasm', tasks: 2, group: 4, steps: 12, evalGames: 6, evalSteps: 12, evalEvery: 0, iterations: 1 });
  await expect(page.getByTestId('machine')).toContainText('tiny');
  await button(page, 'Train').click();
  await mode(page, 'running');
  await mode(page, 'finished');
  await expect(page.getByTestId('verdict')).toContainText('of 6 games it never trains on won');
  await turnTo(page, 'Episodes');
  await expect(page.locator('#turn-1')).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(page.locator('#turn-1')).toHaveAttribute('aria-current', 'true');
  await page.getByLabel('Outcome').selectOption('lost');
  await expect(page.getByTestId('episodes').locator('.won')).toHaveCount(0);
});

/** Two real clicks at one place; up to half a second apart the system counts the second as such. */
const twice: Record<string, (page: Page, x: number, y: number) => Promise<void>> = {
  'a double click': (page, x, y) => page.mouse.dblclick(x, y),
  'two clicks 150 ms apart': async (page, x, y) => {
    await page.mouse.click(x, y);
    await page.waitForTimeout(150);
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
  },
};

for (const [how, click] of Object.entries(twice)) {
  const pressTwice = async (page: Page, name: string) => {
    const box = await button(page, name).boundingBox();
    if (!box) throw new Error(`The button ${name} is not to be seen.`);
    await click(page, box.x + box.width / 2, box.y + box.height / 2);
  };
  /** The page shows the run that is trained, and there are so many in all. @returns its name. */
  const shows = async (page: Page, state: string, runs: number, not = '') => {
    await expect(page).toHaveURL(new RegExp(`#/train/(?!${not || '-'}$)[a-z]+-[a-z]+$`));
    await mode(page, state);
    const name = new URL(page.url()).hash.split('/')[2] ?? '';
    await turnTo(page, 'Runs');
    await expect(page.getByTestId('runs').locator('tbody tr')).toHaveCount(runs);
    await expect(page.getByTestId('runs').locator('tbody tr').filter({ hasText: name })).toContainText(
      state === 'held' ? 'step by step' : state,
    );
    await turnTo(page, 'Train');
    await mode(page, state);
    await expect(page.getByText('There is no run named')).toHaveCount(0);
    await expect(page.getByTestId('notice').filter({ hasText: 'is being trained' })).toHaveCount(0);
    return name;
  };

  test(`${how} on Train, Start over or New run begins one run, which goes on and is the one shown`, async ({ page }) => {
    await openLab(page, { ...small, iterations: 1000 });
    await bringGames(page);
    await pressTwice(page, 'Train');
    const first = await shows(page, 'running', 1);
    await pressTwice(page, 'Start over');
    const second = await shows(page, 'running', 2, first);
    await turnTo(page, 'Runs');
    await pressTwice(page, 'New run');
    await shows(page, 'running', 3, second);
    await expect(page.getByRole('switch', { name: 'Slow motion' })).not.toBeChecked();
  });

  test(`${how} on a step of a fresh page begins one run, which waits for the next step`, async ({ page }) => {
    await openLab(page, { ...small, iterations: 1000 });
    await bringGames(page);
    await pressTwice(page, 'Step by one action');
    await shows(page, 'held', 1);
  });
}

test('more iterations for a finished run change nothing of what the next run is set to', async ({ page }) => {
  await openLab(page, { ...small, iterations: 1 });
  await bringGames(page);
  await button(page, 'Train').click();
  await mode(page, 'finished');
  const first = new URL(page.url()).hash;
  await button(page, 'Train 20 more').click();
  await expect(page.getByText('Done 21 of 21')).toBeVisible({ timeout: 120_000 });
  expect(new URL(page.url()).searchParams.get('iterations')).toBe('1');
  await button(page, 'Start over').click();
  await expect(page.getByText('Done 1 of 1')).toBeVisible();
  expect(new URL(page.url()).hash).not.toBe(first);
});
