/** A link for a class opens a ready experiment; what it hides is gone and keeps its value, whatever a pupil does. */
import { expect, test } from '@playwright/test';
import { makeProducts, shopFiles } from '../src/envs/webshop/made-shop.ts';
import { bringRun } from './made.ts';
import { address, button, mode, openLab, small } from './lab.ts';

const hide = (...keys: string[]) => Object.fromEntries(keys.map((key) => [`${key}_hide`, '1']));

test('a link made on the page opens the same experiment, with what was ticked left out', async ({ page, context }) => {
  await openLab(page, { ...small, seed: 7 });
  await button(page, 'Link for a class').click();
  const dialog = page.getByRole('dialog', { name: 'A link for a class' });
  await dialog.getByLabel('the buttons for single steps').check();
  await dialog.getByLabel('the Learn page').check();
  // The list of settings and Runs are ticked from the start.
  await expect(dialog.getByRole('group', { name: 'Leave out of the page: 4 of 9' })).toBeVisible();
  await dialog.getByText(/^Fix single settings: 0 of \d+$/).click();
  await dialog.getByRole('checkbox', { name: 'seed = 7' }).check();
  await expect(dialog.getByText(/^Fix single settings: 1 of \d+$/)).toBeVisible();
  const link = await dialog.getByTestId('class-link').inputValue();

  const pupil = await context.newPage();
  await pupil.goto(link);
  await expect(pupil.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
  await expect(button(pupil, 'Train')).toBeEnabled();
  await expect(pupil.locator('.sentence')).toContainText('seed 7');
  await expect(pupil.getByRole('textbox', { name: 'Fixes panels, sampling, reflection and updates.' })).toHaveCount(0);
  await expect(pupil.getByRole('group', { name: 'Step by one' })).toHaveCount(0);
  await expect(pupil.getByTestId('all-settings')).toHaveCount(0);
  await expect(pupil.getByText('1 setting is fixed by the link')).toBeVisible();
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

test('nothing links to a hidden page: what is worth reading stays as plain text', async ({ page }) => {
  const action = { op: 'ADD', scope: 'cool', text: 'Cool it in the fridge first.' } as const;
  const trajectories = ['3.0.0', '3.0.1'];
  await bringRun(page, { rules: [], events: [{ iteration: 3, by: 'reflector', action, trajectories, why: '' }] });
  const onTrain = '#/train/amber-kestrel';
  const edits = page.getByTestId('edits');
  const leading = (to: string) => page.locator(`a[href^="#/${to}"]`);
  const away = { rules: 'Read its rules', episodes: 'Watch its episodes' };
  await page.goto(`./?backend=wasm${onTrain}`);
  await expect(edits).toContainText('They parted at turn 3');
  for (const [to, says] of Object.entries(away)) {
    await expect(page.getByRole('link', { name: says })).toBeVisible();
    expect(await leading(to).count()).toBeGreaterThan(2);
  }
  await expect(page.getByRole('link', { name: 'the one rule' })).toBeVisible();

  await page.goto(`./${address({ backend: 'wasm', ...hide('rules', 'episodes', 'runs', 'learn') }, onTrain)}`);
  await expect(edits).toContainText('They parted at turn 3');
  await expect(edits).toContainText('Rule 1');
  await expect(edits).toContainText('group 1, episode 1');
  for (const to of ['rules', 'episodes', 'play', 'runs', 'learn']) await expect(leading(to)).toHaveCount(0);
  for (const says of [...Object.values(away), 'the one rule']) await expect(page.getByText(says, { exact: true })).toHaveCount(0);
});

test('an exercise sends nobody to a page that is hidden', async ({ page }) => {
  const bar = page.getByRole('complementary', { name: 'Exercise' });
  const exercise = { backend: 'wasm', exercise: 'rules-or-weights', setup: 0, method: 'rules-only', iterations: 8, evalEvery: 2 };
  await page.goto(address(exercise, '#/train/-'));
  await expect(bar).toContainText('Pick both runs under Runs');
  await page.goto(address({ ...exercise, ...hide('runs') }, '#/train/-'));
  await expect(bar).toContainText('what does it cost in tokens?');
  await expect(bar).not.toContainText('Runs');
});

test('the address of a hidden page opens Train, and only that of a hidden one', async ({ page }) => {
  await bringRun(page, { iterations: 1 });
  const titles = { rules: 'Rules', episodes: 'Episodes', play: 'Play', runs: 'Runs', learn: 'Learn' };
  for (const [name, title] of Object.entries(titles)) {
    const key = name === 'play' ? 'episodes' : name;
    const other = name === 'rules' ? 'runs' : 'rules';
    await page.goto(`./${address({ backend: 'wasm', ...hide(other) }, `#/${name}/amber-kestrel`)}`);
    await expect(page).toHaveTitle(`${title} · amber-kestrel · jerp-lab`);
    await page.goto(`./${address({ backend: 'wasm', ...hide(key) }, `#/${name}/amber-kestrel`)}`);
    await expect(page).toHaveTitle('Train · amber-kestrel · jerp-lab');
    await expect(page.getByRole('toolbar', { name: 'Training' })).toBeVisible();
    await expect(page.getByTestId('unknown-page')).toHaveCount(0);
  }
  await page.goto('./?backend=wasm#/nonsense');
  await expect(page.getByTestId('unknown-page')).toHaveText('There is no page named “nonsense”; this is Train.');
});

test('the key of a hidden control does nothing, and is not among the keys told', async ({ page }) => {
  const iterations = page.getByRole('definition').filter({ hasText: 'one iteration' });
  await openLab(page, { ...small, ...hide('stepping') });
  await expect(button(page, 'Train')).toBeEnabled();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await expect(iterations).toHaveCount(0);
  await page.keyboard.press('Escape');
  await page.keyboard.press('.');
  await page.waitForTimeout(1000);
  await mode(page, 'ready');
  await expect(page).not.toHaveURL(/#\/train\/\w/);

  await openLab(page, small);
  await expect(button(page, 'Train')).toBeEnabled();
  await page.keyboard.press('?');
  await expect(iterations).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('.');
  await expect(page).toHaveURL(/#\/train\/\w/);
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

test('where a link fixes the environment, games of another one are refused in a sentence', async ({ page }) => {
  await openLab(page, { ...small, ...hide('env') });
  const files = Object.entries(shopFiles(makeProducts({ seed: 3, products: 60 }))).map(([name, value]) => ({
    name,
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(value)),
  }));
  await page.getByTestId('zip').setInputFiles(files);
  await expect(page.getByTestId('notice')).toContainText('is for WebShop, and this link fixes AlfWorld');
  await expect(page.locator('.sentence')).toContainText('AlfWorld');
  await expect(page.getByRole('radiogroup', { name: 'Games for the next run' }).getByRole('radio')).toHaveCount(1);
  await expect(page.getByRole('radio', { name: "The app's own" })).toBeChecked();
  await expect(page).not.toHaveURL(/env=webshop/);
});
