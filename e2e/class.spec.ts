/** A link for a class opens a ready experiment; what it hides is gone and keeps its value, whatever a pupil does. */
import { expect, test } from '@playwright/test';
import { bringRun } from './made.ts';
import { button, openLab, small } from './lab.ts';

const hide = (...keys: string[]) => Object.fromEntries(keys.map((key) => [`${key}_hide`, '1']));

test('a link made on the page opens the same experiment, with what was ticked left out', async ({ page, context }) => {
  await openLab(page, { ...small, seed: 7 });
  await button(page, 'Link for a class').click();
  const dialog = page.getByRole('dialog', { name: 'A link for a class' });
  await dialog.getByLabel('the buttons for single steps').check();
  await dialog.getByLabel('the Learn page').check();
  await dialog.getByText('Fix single settings').click();
  await dialog.getByRole('checkbox', { name: 'seed = 7' }).check();
  const link = await dialog.getByTestId('class-link').inputValue();

  const pupil = await context.newPage();
  await pupil.goto(link);
  await expect(pupil.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
  await expect(button(pupil, 'Train')).toBeEnabled();
  await expect(pupil.locator('.sentence')).toContainText('seed 7');
  await expect(pupil.getByRole('textbox', { name: 'Fixes panels, sampling, reflection and updates.' })).toHaveCount(0);
  await expect(pupil.getByRole('group', { name: 'Step by one' })).toHaveCount(0);
  await expect(pupil.getByTestId('all-settings')).toHaveCount(0);
  const pages = pupil.getByRole('navigation', { name: 'Pages' });
  await expect(pages.getByRole('link', { name: 'Episodes' })).toBeVisible();
  await expect(pages.getByRole('link', { name: 'Runs' })).toHaveCount(0);
  await expect(pages.getByRole('link', { name: 'Learn' })).toHaveCount(0);
});

test('each control that can be hidden is there without its key and gone with it', async ({ page }) => {
  await bringRun(page, {});
  const controls = {
    stepping: page.getByRole('group', { name: 'Step by one' }),
    slow: page.getByRole('switch', { name: 'Slow motion' }),
    reset: button(page, 'Start over'),
    games: page.getByRole('heading', { name: 'Games', exact: true }),
    settings: page.getByTestId('all-settings'),
    ...Object.fromEntries(
      ['Episodes', 'Rules', 'Runs', 'Learn'].map((name) => [
        name.toLowerCase(),
        page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }),
      ]),
    ),
  };
  await page.goto('./?backend=wasm#/train/amber-kestrel');
  for (const control of Object.values(controls)) await expect(control).toBeVisible();
  for (const [key, control] of Object.entries(controls)) {
    await page.goto(`./?backend=wasm&${key}_hide=1#/train/amber-kestrel`);
    await expect(page.getByRole('heading', { name: 'By kind of task' })).toBeVisible();
    await expect(page.locator('.sentence')).toBeVisible();
    await expect(control).toHaveCount(0);
  }
  // Said to be off, it is not hidden.
  await page.goto('./?backend=wasm&slow_hide=0#/train/amber-kestrel');
  await expect(controls.slow).toBeVisible();
});

test('a fixed setting survives presets, resets and other values in the address', async ({ page }) => {
  await openLab(page, { ...small, ...hide('tasks', 'seed'), seed: 5, k: 3 });
  const sentence = page.locator('.sentence');
  await expect(sentence).toContainText('2 tasks at a time');
  await page.getByLabel('Begin with a ready experiment').selectOption({ index: 1 });
  await expect(sentence).toContainText('2 tasks at a time');
  await expect(sentence).toContainText('seed 5');
  await page.getByRole('button', { name: /^put (it|all) back$/ }).click();
  await expect(sentence).toContainText('2 tasks at a time');
  await expect(page).toHaveURL(/seed=5/);
  await expect(page).not.toHaveURL(/[?&]k=/);
  await page.getByText(/^All \d+ settings$/).click();
  await expect(page.locator('#set-group')).toBeVisible();
  await expect(page.locator('#set-tasks')).toHaveCount(0);
});
