/** No feature needs Chromium: in the system's Firefox the embedded policy trains on WebAssembly, and every page opens. */
import { expect, test } from '@playwright/test';
import { Firefox, findFirefox } from './firefox.ts';
import { address } from './lab.ts';

const path = findFirefox();
const settings = { backend: 'wasm', tasks: 2, group: 4, steps: 8, evalGames: 2, evalSteps: 4, evalEvery: 0, iterations: 1 };

test('Firefox trains on WebAssembly, shows every page, and still has the run after a reload', async ({ baseURL }) => {
  test.skip(path === null, 'There is no Firefox on this machine: install firefox-esr or firefox, or name one in JERP_FIREFOX.');
  const firefox = await Firefox.start(path ?? '');
  try {
    const url = new URL(address(settings), baseURL).href;
    const attribute = (selector: string, name: string) =>
      firefox.run<string | null>('return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null', selector, name);
    const text = (selector: string) => firefox.run<string>('return document.querySelector(arguments[0])?.textContent ?? ""', selector);
    const until = (read: () => Promise<unknown>, wanted: unknown) => expect.poll(read, { timeout: 200_000 }).toEqual(wanted);

    await firefox.open(url);
    // Kept in the page, so that a failure anywhere in the visit is seen at its end.
    await firefox.run(`window.failures = [];
      addEventListener('error', (event) => failures.push(event.message));
      addEventListener('unhandledrejection', (event) => failures.push(String(event.reason)))`);
    await until(() => attribute('[data-testid=machine]', 'data-state'), 'ready');
    expect(await text('[data-testid=machine]')).toContain('tiny');
    await firefox.click('.transport button.primary');
    await until(() => attribute('.transport', 'data-mode'), 'finished');
    expect(await text('[data-testid=verdict]')).toContain('of 2 games it never trains on won');

    for (const [page, sign] of [
      ['episodes', '[data-testid=episode] .turn'],
      ['rules', '[aria-label="Find a rule"]'],
      ['runs', '[data-testid=runs] tbody tr'],
      ['learn', '.exercise'],
      ['train', '[data-testid=verdict]'],
    ] as const) {
      await firefox.click(`nav[aria-label=Pages] a[href^="#/${page}"]`);
      await until(() => firefox.run('return document.querySelector(arguments[0]) !== null', sign), true);
    }
    expect(await firefox.run('return failures')).toEqual([]);

    await firefox.reload();
    await until(() => attribute('.transport', 'data-mode'), 'finished');
    expect(await text('[data-testid=verdict]')).toContain('of 2 games it never trains on won');
  } finally {
    await firefox.close();
  }
});
