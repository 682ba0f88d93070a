/** The graphics path is real: one iteration on WebGPU, here on a software adapter, inside the worker. */
import { expect, test } from '@playwright/test';
import { bringGames, button, exportRun, mode, openLab, small } from './lab.ts';

test('one iteration on WebGPU in the worker agrees with the same iteration on WebAssembly', async ({ page }) => {
  test.setTimeout(480_000);
  const tiny = { ...small, tasks: 2, group: 8, iterations: 1, evalGames: 1, evalSteps: 2, minibatches: 1, rank: 4, seed: 3 };
  await openLab(page, { ...tiny, backend: 'webgpu' });
  await expect(page.getByTestId('machine')).toContainText('WebGPU');
  await bringGames(page);
  await button(page, 'Train').click();
  await mode(page, 'finished', 420_000);
  const { run: graphics } = await exportRun(page);
  expect(graphics.manifest.policy.backend).toBe('webgpu');
  expect(graphics.metrics[1]?.update).not.toBeNull();

  await openLab(page, { ...tiny, backend: 'wasm' }, '#/train/-');
  await page.getByRole('radio', { name: /homes.zip/ }).check();
  await button(page, 'Start over').click();
  await mode(page, 'running');
  await mode(page, 'finished');
  const { run: plain } = await exportRun(page);
  const actions = (run: typeof plain) => run.trajectories.map((t) => t.turns.map((turn) => turn.action));
  expect(actions(graphics)).toEqual(actions(plain));
  for (const [name, { data }] of Object.entries(plain.checkpoint.adapter.tensors)) {
    const other = graphics.checkpoint.adapter.tensors[name]?.data ?? new Float32Array();
    const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
    expect(norm(data.map((v, i) => v - (other[i] ?? 0))), name).toBeLessThanOrEqual(1e-3 * norm(data) + 1e-7);
  }
});
