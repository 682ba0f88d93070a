/** Results that came with the page: ready runs are listed, taken in, opened and compared; experiments have curves and tables. */
import { expect, test, type Page } from '@playwright/test';
import { runToText } from '../src/storage/transfer.ts';
import { madeRun } from './made.ts';
import { turnTo } from './lab.ts';

const evaluation = (iteration: number, won: number) => ({
  iteration,
  panel: 'p',
  panelHash: 'h',
  won,
  n: 20,
  success: won / 20,
  ci95: [Math.max(0, won / 20 - 0.2), Math.min(1, won / 20 + 0.2)] as [number, number],
  score: won / 20,
  byType: { cool: { won, n: 20 } },
  rules: 'pool' as const,
  adapter: true,
  rewards: [],
  tokens: 0,
});

/** Runs of the command line keep no times. */
function measured(id: string, wins: number[]) {
  const run = madeRun({ id });
  return { ...run, metrics: run.metrics.map((m, i) => ({ ...m, seconds: {}, evaluation: evaluation(i, wins[i] ?? 0) })) };
}

const row = (method: string, success: number) => ({
  method,
  env: 'alfworld',
  success,
  ci95: [success - 0.1, success + 0.1],
  score: success,
  seeds: 3,
  episodes: 640,
  tokens: 1_200_000,
});
const curve = (method: string, values: number[]) => ({
  method,
  env: 'alfworld',
  points: values.map((success, i) => ({
    iteration: i,
    episodes: 64 * i,
    tokens: 1e5 * i,
    success,
    score: success,
    low: success - 0.05,
    high: success + 0.05,
  })),
});
const budget = {
  command: 'npm run experiment -- budget',
  rows: [row('base', 0.3), row('jerp', 0.6), row('grpo', 0.5)],
  comparisons: [{ a: 'jerp', b: 'grpo', env: 'alfworld', difference: 0.1, ci95: [0.02, 0.18], p: 0.012, seeds: 3, pSeeds: 0.25 }],
  curves: [curve('jerp', [0.3, 0.45, 0.6]), curve('grpo', [0.3, 0.4, 0.5])],
  tables: [
    { title: 'At 100000 tokens (alfworld)', columns: ['method', 'success'], rows: [['jerp', '45.0']], note: 'Linear between evaluations.' },
  ],
};

/** A build with results beside it. */
async function withResults(
  page: Page,
  ready = [measured('jerp-ready', [5, 8, 11, 14]), measured('grpo-ready', [5, 6, 8, 9])],
): Promise<void> {
  const index = {
    results: ['budget.json'],
    runs: ready.map(({ manifest }, i) => ({
      file: `${manifest.id}.run.json`,
      bytes: 2_000_000,
      id: manifest.id,
      method: i ? 'grpo' : 'jerp',
      env: 'alfworld',
      seed: 1,
      iterations: 3,
      before: 0.25,
      after: i ? 0.45 : 0.7,
      n: 20,
    })),
  };
  await page.context().route('**/results/**', (route) => {
    const name = new URL(route.request().url()).pathname.split('/results/')[1] ?? '';
    const run = ready.find(({ manifest }) => name === `ready/${manifest.id}.run.json`);
    const body = name === 'index.json' ? JSON.stringify(index) : name === 'budget.json' ? JSON.stringify(budget) : run && runToText(run);
    return body ? route.fulfill({ contentType: 'application/json', body }) : route.fulfill({ status: 404 });
  });
}

test('ready runs are listed with what they reached, taken in, opened and compared like one of your own', async ({ page }) => {
  await withResults(page);
  await page.goto('./?backend=wasm#/runs');
  const list = page.getByTestId('ready-runs');
  await expect(list).toContainText('25 % to 70 % of 20');
  await list.getByRole('button', { name: 'add and open jerp-ready' }).click();
  await expect(page.getByTestId('verdict')).toContainText('of 20 games it never trains on won, up from 25 % at the start');
  await turnTo(page, 'Runs');
  await expect(list.getByRole('link', { name: 'Open jerp-ready' })).toBeVisible();
  await list.getByRole('button', { name: 'add and open grpo-ready' }).click();
  // It is opened when it has been taken in: only then does a way back to Runs stay there.
  await expect(page).toHaveURL(/#\/train\/grpo-ready/);
  await turnTo(page, 'Runs');
  // Both are drawn with their intervals, and the same numbers are in the table.
  const all = page.getByRole('checkbox', { name: 'intervals of all runs' }).first();
  await expect(all).toBeChecked();
  const canvas = page.getByRole('img', { name: /jerp-ready/ }).locator('canvas');
  const picture = () => canvas.evaluate((drawn: HTMLCanvasElement) => drawn.toDataURL());
  await expect(canvas).toBeVisible();
  const withBands = await picture();
  await all.uncheck();
  await expect.poll(picture).not.toBe(withBands);
  await all.check();
  await expect.poll(picture).toBe(withBands);
  await page.getByRole('button', { name: 'table', exact: true }).first().click();
  const table = page.getByTestId('runs-table');
  await expect(table).toContainText('jerp-ready');
  await expect(table).toContainText('70.00 % (50.00 to 90.00)');
  await expect(table).toContainText('45.00 % (25.00 to 65.00)');
});

test('all are added at once; of more than are drawn together those left out are named, and so is what made room', async ({ page }) => {
  const names = Array.from({ length: 8 }, (_, i) => `ready-${i + 1}`);
  await withResults(
    page,
    names.map((name) => measured(name, [5, 8, 11, 14])),
  );
  await page.goto('./?backend=wasm#/runs');
  const own = runToText(measured('own-run', [4, 5, 6, 7]));
  await page.getByTestId('import-run').setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer: Buffer.from(own) });
  await expect(page.getByRole('checkbox', { name: 'Show own-run' })).toBeChecked();
  await page.getByRole('button', { name: 'Add all 8, to compare them above' }).click();
  await expect(page.getByTestId('notice').filter({ hasText: 'At most 6 runs are drawn together.' })).toContainText(
    'Not drawn any more: own-run. Added, but not drawn: ready-7, ready-8. Show them in the table in place of others.',
  );
  for (const name of names) await expect(page.getByRole('checkbox', { name: `Show ${name}` })).toBeChecked({ checked: name < 'ready-7' });
  await expect(page.getByRole('checkbox', { name: 'Show own-run' })).not.toBeChecked();
});

test('by minutes, a run without times is not drawn at 0 but named, beside those that have times', async ({ page }) => {
  await withResults(page);
  const timed = madeRun({ id: 'timed-run' });
  const own = { ...timed, metrics: timed.metrics.map((m, i) => ({ ...m, evaluation: evaluation(i, 4 + i) })) };
  await page.goto('./?backend=wasm#/runs');
  const list = page.getByTestId('ready-runs');
  await list.getByRole('button', { name: 'add and open jerp-ready' }).click();
  await expect(page).toHaveURL(/#\/train\/jerp-ready/);
  await turnTo(page, 'Runs');
  const axis = page.getByRole('combobox', { name: 'Compare by' }).first();
  await axis.selectOption('minutes');
  const without = page.getByText('no times are stored');
  await expect(without).toContainText('jerp-ready');
  await expect(page.getByRole('img', { name: /by minutes/ })).toHaveCount(0);
  await page
    .getByTestId('import-run')
    .setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer: Buffer.from(runToText(own)) });
  await expect(page.getByRole('img', { name: /by minutes/ })).toHaveAttribute('aria-label', /^(?!.*jerp-ready).*timed-run/);
  await expect(without).toContainText('jerp-ready');
  await expect(without).not.toContainText('timed-run');
  await axis.selectOption('iterations');
  await expect(without).toHaveCount(0);
});

test('at 360 pixels everything that can be done with a run is in sight, without scrolling sideways', async ({ page }) => {
  await withResults(page);
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto('./?backend=wasm#/runs');
  await page.getByTestId('ready-runs').getByRole('button', { name: 'add and open jerp-ready' }).click();
  await expect(page).toHaveURL(/#\/train\/jerp-ready/);
  await turnTo(page, 'Runs');
  const row = page.getByTestId('runs').getByRole('row', { name: /jerp-ready/ });
  for (const name of ['fork', 'baseline', 'export', 'other formats', 'delete']) {
    const box = await row.getByRole('button', { name, exact: true }).boundingBox();
    expect(box && box.x >= 0 && box.x + box.width <= 360).toBe(true);
  }
  // What its numbers are is said beside them, as the head of the table does on a wide page.
  await expect(row).toContainText('70');
  expect(await row.locator('[data-label="Iteration"]').evaluate((cell) => getComputedStyle(cell, '::before').content)).toContain(
    'Iteration',
  );
  // A small table is no wider than the page: its numbers stand beside their names.
  const gain = await page.getByTestId('result-budget').getByRole('cell', { name: '+10.0', exact: true }).boundingBox();
  expect(gain && gain.x + gain.width <= 360).toBe(true);
});

test('an experiment is shown with curves that can be chosen, comparisons and its tables', async ({ page }) => {
  await withResults(page);
  await page.goto('./?backend=wasm#/runs');
  const result = page.getByTestId('result-budget');
  await expect(result.getByRole('img', { name: /JERP, GRPO/ })).toBeVisible();
  await expect(result).toContainText('Means over seeds');
  await expect(result.getByRole('row', { name: /JERP over GRPO/ })).toContainText('+10.0');
  await expect(result.getByRole('row', { name: /JERP over GRPO/ })).toContainText('0.0120.250');
  await expect(result).toContainText('with 3 seeds it cannot be below 0.25.');
  await expect(result).toContainText('Linear between evaluations.');
  await expect(result).toContainText('At 100000 tokens (alfworld)');
  await expect(result).toContainText('npm run experiment -- budget');
  await result.getByRole('checkbox', { name: 'Draw GRPO' }).uncheck();
  await expect(result.getByRole('img', { name: /JERP/ })).toHaveAttribute('aria-label', /^(?!.*GRPO)/);
  await result.getByRole('combobox').selectOption({ label: 'tokens, those for writing rules too' });
  await result.getByRole('button', { name: 'table', exact: true }).click();
  await expect(result).toContainText('60.00 % (55.00 to 65.00)');
});
