/** From a cold page to a gain that can be seen: rules and weights together, on homes that the agent never trains in. */
import { expect, test } from '@playwright/test';
import { button, exportRun, mode, openLab } from './lab.ts';

test('eight iterations of the default method win at least 20 points more on the fixed panel', async ({ page }) => {
  test.setTimeout(600_000);
  const opened = performance.now();
  await openLab(page, { backend: 'wasm', iterations: 8, evalEvery: 8 });
  await button(page, 'Train').click();
  await mode(page, 'running');
  await mode(page, 'finished', 540_000);
  const seconds = (performance.now() - opened) / 1000;
  const { run } = await exportRun(page);
  const won = run.metrics.flatMap(({ evaluation }) => (evaluation ? [evaluation.success] : []));
  const [before = NaN, after = NaN] = [won[0], won.at(-1)];
  console.log(
    `From opening the page: ${seconds.toFixed(0)} s; won ${(100 * before).toFixed(0)} % before and ${(100 * after).toFixed(0)} % after 512 episodes.`,
  );
  expect(run.metrics.some(({ update }) => update !== null)).toBe(true);
  expect(after - before).toBeGreaterThanOrEqual(0.2);
});
