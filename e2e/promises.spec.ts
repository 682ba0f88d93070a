/** What holds of every visit: nothing leaves the tab, no policy is broken, isolation is used where it is offered. */
import { expect, test, type Page } from '@playwright/test';
import { bringGames, button, exportRun, mode, openLab, small, turnTo } from './lab.ts';

/** Every address asked for, and every complaint of the browser about the policy, by pages and workers alike. */
function watch(page: Page): { asked: URL[]; complaints: string[] } {
  const asked: URL[] = [];
  const complaints: string[] = [];
  page.context().on('request', (request) => asked.push(new URL(request.url())));
  page.context().on('console', (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { asked, complaints };
}

test('a whole visit asks only its own host and breaks no policy', async ({ page, baseURL }) => {
  const { asked, complaints } = watch(page);
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await openLab(page, { ...small, evalEvery: 1 });
  await bringGames(page);
  await button(page, 'Train').click();
  await mode(page, 'running');
  await mode(page, 'finished');
  await exportRun(page);
  for (const name of ['Episodes', 'Rules', 'Runs', 'Train']) {
    await turnTo(page, name);
  }
  const own = new URL(baseURL ?? '').origin;
  const elsewhere = asked.filter(({ origin, protocol }) => origin !== own && protocol !== 'blob:' && protocol !== 'data:');
  expect(elsewhere.map(String)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('the policy is there, as a header or in the page, and forbids foreign and inline scripts', async ({ page }) => {
  await openLab(page, small);
  const blocked = await page.evaluate(async () => {
    const violated = new Promise<string>((done) =>
      document.addEventListener('securitypolicyviolation', (event) => done(event.violatedDirective), { once: true }),
    );
    const script = document.createElement('script');
    script.textContent = 'window.pwned = true';
    document.body.append(script);
    return { directive: await violated, ran: 'pwned' in window };
  });
  expect(blocked.ran).toBe(false);
  expect(blocked.directive).toContain('script-src');
});

test('isolation is used where the host offers it, and its absence changes nothing', async ({ page }, info) => {
  await openLab(page, small);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(info.project.name === 'isolated');
});
