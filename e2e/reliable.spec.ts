/** What goes wrong is survived: a lost device, a dead worker, a full disk, another tab, an old page, a frozen one. */
import { chromium, expect, test, type Page } from '@playwright/test';
import { address, bringGames, button, exportRun, mode, openLab, small, stored, turnTo } from './lab.ts';
import { serveMicro } from './micro.ts';

const long = { ...small, iterations: 500 };
const notice = (page: Page, text: RegExp | string) => page.getByTestId('notice').filter({ hasText: text });

async function training(page: Page, settings = long): Promise<void> {
  await openLab(page, settings);
  await bringGames(page);
  await button(page, 'Train').click();
  await stored(page, 1);
}

test('a lost graphics device is told, opened again, and the run goes on from what is stored', async ({ page, context, browser }) => {
  test.setTimeout(480_000);
  const tiny = { ...long, tasks: 1, evalGames: 1, evalSteps: 1, steps: 2, minibatches: 1, rank: 4, backend: 'webgpu' };
  await openLab(page, tiny);
  await bringGames(page);
  await button(page, 'Train').click();
  await mode(page, 'running');
  await stored(page, 1);
  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess').catch(() => undefined);
  await expect(notice(page, /The graphics device went away.*being opened again \(1 of 3\)/)).toBeVisible({ timeout: 120_000 });
  // The bar moves within an iteration: what is stored are the whole ones.
  const whole = async () => Math.floor(Number(await page.getByRole('progressbar', { name: 'Iterations' }).getAttribute('value')));
  const before = await whole();
  // Either the device comes back, or the browser refuses it and says so; the run is whole in both cases.
  await expect
    .poll(
      async () => {
        return (await whole()) > before || (await page.getByTestId('broken').isVisible());
      },
      { timeout: 240_000 },
    )
    .toBe(true);
  await context.close();
});

test('a worker that dies marks the run as stopped at its iteration, is started again, and the run goes on', async ({ page }) => {
  await training(page);
  const trainer = page.workers().find((worker) => worker.url().includes('worker'));
  expect(trainer).toBeDefined();
  for (const worker of page.workers()) {
    await worker
      .evaluate(() =>
        setTimeout(() => {
          throw new Error('struck by lightning');
        }),
      )
      .catch(() => undefined);
  }
  await expect(notice(page, /struck by lightning.*is saved/)).toBeVisible();
  await mode2(page, 'failed');
  await expect(page.getByTestId('now')).toContainText('struck by lightning');
  await expect(button(page, 'Go on')).toBeEnabled();
  await button(page, 'Go on').click();
  await mode(page, 'running');
});

/** Like `mode`, for failing on purpose. */
async function mode2(page: Page, name: string): Promise<void> {
  await expect(page.locator('.transport')).toHaveAttribute('data-mode', name);
}

test('storage that is full pauses the run, offers export and room, and leaves what is there intact', async ({ page, context, baseURL }) => {
  // Chromium grants room ahead and asks for the quota again only after a while: the run must outlast that on a quick machine.
  await training(page, { ...long, iterations: 1000, tasks: 8 });
  const session = await context.newCDPSession(page);
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin: new URL(baseURL ?? '').origin });
  await session.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(baseURL ?? '').origin,
    quotaSize: Math.max(1, Math.floor(usage / 2)),
  });
  await expect(notice(page, /no room left.*intact/)).toBeVisible({ timeout: 120_000 });
  await mode(page, 'paused');
  const kept = await page.getByRole('progressbar', { name: 'Iterations' }).getAttribute('value');
  const { run } = await exportRun(page);
  expect(run.metrics.at(-1)?.iteration).toBe(Number(kept));
  await notice(page, /no room left/)
    .getByRole('button', { name: 'Free space under Runs' })
    .click();
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(baseURL ?? '').origin });
  await button(page, 'Free space').click();
  await button(page, 'Delete them').click();
  await expect(notice(page, /curves and rules are all there/)).toBeVisible();
  await button(page, 'resume').click();
  await mode(page, 'running');
});

test('a stop is heard in every phase, and the page can be used at once', async ({ page }) => {
  await training(page);
  for (let i = 0; i < 4; i++) {
    await button(page, 'Pause').click();
    // Paused, or about to be ready again after its worker was ended in the middle of something long.
    await expect(page.locator('.transport')).toHaveAttribute('data-mode', /^(paused|loading)$/, { timeout: 5_000 });
    await mode(page, 'paused');
    await button(page, 'Go on').click();
    await mode(page, 'running');
    await page.waitForTimeout(150 * i);
  }
});

test('the loading of the policy can be stopped and begun again', async ({ page }) => {
  await serveMicro(page.context());
  let release = (): void => {};
  const gate = new Promise<void>((done) => (release = done));
  await page.route('**/models/micro/params_shard_0.bin', async (route) => {
    await gate;
    await route.fallback();
  });
  await page.goto(address(small));
  await button(page, 'Stop').click();
  await expect(page.getByTestId('broken')).toContainText('Loading was stopped');
  release();
  await button(page, 'Start it again').click();
  await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready');
});

test('a tab that was frozen goes on where it was, without repeating or skipping an iteration', async ({ page, context }) => {
  await training(page, { ...small, iterations: 12 });
  const session = await context.newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await new Promise((done) => setTimeout(done, 1500));
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await mode(page, 'finished');
  const { run } = await exportRun(page);
  expect(run.metrics.map(({ iteration }) => iteration)).toEqual(Array.from({ length: 13 }, (_, i) => i));
});

test('the second tab reads along while the first trains, and can take over when it closes', async ({ page, context }) => {
  await training(page);
  const other = await context.newPage();
  await openLab(other, small, new URL(page.url()).hash);
  await mode(other, 'elsewhere');
  const seen = Number(await other.getByRole('progressbar', { name: 'Iterations' }).getAttribute('value'));
  await stored(other, seen + 1);
  await page.close();
  await mode(other, 'interrupted');
  await button(other, 'Go on').click();
  await mode(other, 'running');
  await stored(other, seen + 2);
});

test('a newer page in another tab makes this one let go of the database and ask for a reload', async ({ page, context }) => {
  await openLab(page, small);
  const newer = await context.newPage();
  await newer.goto(address({}).replace('./', './icon.svg'));
  const opened = await newer.evaluate(
    () =>
      new Promise<string>((done) => {
        const request = indexedDB.open('jerp-lab', 9990);
        request.onsuccess = () => {
          request.result.close();
          done('opened');
        };
        request.onerror = () => done(String(request.error));
        request.onblocked = () => done('blocked');
      }),
  );
  expect(opened).toBe('opened');
  await expect(page.getByTestId('broken')).toContainText('newer version of this page');
  // The old page does not touch what the newer one has written.
  await page.reload();
  await expect(notice(page, /stored by a newer version/)).toBeVisible();
});

test('everything comes back from one file after the browser has cleared the origin', async ({ page, context, baseURL }) => {
  await openLab(page, { ...small, iterations: 1 });
  await bringGames(page);
  await button(page, 'Train').click();
  await mode(page, 'finished');
  await turnTo(page, 'Runs');
  await expect(page.getByTestId('kept')).toContainText('Nothing was exported');
  const name = await page.locator('.name').textContent();
  const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Export everything').click()]);
  await expect(page.getByTestId('kept')).toContainText('Last exported just now');
  const path = await file.path();
  await page.goto('about:blank');
  const session = await context.newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin: new URL(baseURL ?? '').origin, storageTypes: 'all' });
  await openLab(page, small, '#/runs');
  await expect(page.getByText('No runs yet.')).toBeVisible();
  await page
    .getByTestId('import-run')
    .setInputFiles({ name: 'all.json', mimeType: 'application/json', buffer: await (await import('node:fs/promises')).readFile(path) });
  await expect(notice(page, 'all.json was read: 1 run.')).toHaveClass(/good/);
  await page.getByRole('link', { name: name ?? '' }).click();
  await expect(page.getByTestId('verdict')).toContainText('of 4 games it never trains on won');
});

test('after going away and back, what is shown is live again', async ({ baseURL }) => {
  // Playwright switches the browser's own memory of pages off; here it is on.
  const browser = await chromium.launch({
    ...(process.env.JERP_BROWSER ? { executablePath: process.env.JERP_BROWSER } : {}),
    args: ['--no-sandbox'],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
  const context = await browser.newContext({ baseURL: baseURL ?? '', serviceWorkers: 'block' });
  const page = await context.newPage();
  await openLab(page, small);
  await page.goto('icon.svg');
  await page.goBack();
  await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 120_000 });
  await bringGames(page);
  await button(page, 'Step by one iteration').click();
  await mode(page, 'paused');
  await expect(page.getByTestId('verdict')).toContainText('of 4 games');
  await browser.close();
});
