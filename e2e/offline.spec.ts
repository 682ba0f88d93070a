/** After the first visit the page needs no network: the embedded policy trains with it off. */
import { expect, test } from '@playwright/test';
import { address, button, mode, turnTo } from './lab.ts';

test.use({ serviceWorkers: 'allow' });

const tiny = { backend: 'wasm', tasks: 2, group: 4, steps: 8, evalGames: 2, evalSteps: 4, evalEvery: 0, iterations: 1 };

test('with the network off after one visit, the tab opens, trains the embedded policy and exports', async ({ page, context }) => {
  await page.goto(address({}));
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const worker = registration.active;
    if (worker && worker.state !== 'activated') await new Promise((done) => worker.addEventListener('statechange', done));
  });
  await context.setOffline(true);
  await page.goto(address(tiny));
  await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 120_000 });
  await button(page, 'Train').click();
  await mode(page, 'running');
  await mode(page, 'finished');
  await expect(page.getByTestId('verdict')).toContainText('of 2 games it never trains on won');
  await turnTo(page, 'Runs');
  await expect(page.getByTestId('runs')).toContainText('finished');
});

test('it can be installed: a manifest with a name, a start and icons that exist', async ({ page, request }) => {
  await page.goto(address({}));
  const at = await page.locator('link[rel=manifest]').getAttribute('href');
  const url = new URL(at ?? '', page.url());
  const manifest = (await (await request.get(url.href)).json()) as {
    name: string;
    start_url: string;
    icons: { src: string; sizes: string }[];
  };
  expect(manifest).toMatchObject({ name: 'jerp-lab', start_url: './', display: 'standalone' });
  for (const { src } of manifest.icons) expect((await request.get(new URL(src, url).href)).ok()).toBe(true);
  expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']));
});
