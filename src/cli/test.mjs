/** `npm test`: installs what it needs (a browser too), then lint, types, unit tests, build and end-to-end tests. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { firstLoad, most } from './first-load.mjs';
import { built, checkNode, fail, installed, root, run } from './ready.mjs';

const help = `npm test -- [STAGE ...]

Runs every check, or only the named stages: lint, types, unit, build, e2e.
The last line is "N passed, M failed"; the exit code is 1 when something failed.
A browser is looked for in this order: the one named by JERP_BROWSER, the system's
chromium or chrome, Playwright's own, and as root the distribution's package.`;

const stages = ['lint', 'types', 'unit', 'build', 'e2e'];
const asked = process.argv.slice(2);
if (asked.includes('--help')) {
  console.log(help);
  process.exit(0);
}
const unknown = asked.find((name) => !stages.includes(name));
if (unknown) fail(`"${unknown}" is not a stage; the stages are ${stages.join(', ')}.`, 2);
const chosen = asked.length ? asked : stages;

checkNode();
await installed();

const bin = (...parts) => [join(root, 'node_modules', ...parts)];
const node = (args, env = {}) => run(process.execPath, args, { env: { ...process.env, ...env } });
const reports = join(root, '.cache', 'test');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

let passed = 0;
let failed = 0;
const count = (good, bad) => {
  passed += good;
  failed += bad;
};
const heading = (text) => console.log(`\n== ${text} ==`);

/** Counts from a JSON report; a stage that wrote none counts as one failure. */
function countReport(file, read, code) {
  if (!existsSync(file)) return count(0, 1);
  const { good, bad } = read(JSON.parse(readFileSync(file, 'utf8')));
  count(good, bad === 0 && code !== 0 ? 1 : bad);
}

/** Path of a Chromium that can be started, or null for the one that Playwright brings along. */
async function browser() {
  const named = process.env.JERP_BROWSER;
  if (named) return existsSync(named) ? named : fail(`JERP_BROWSER names ${named}, where there is no file.`, 2);
  const look = () => {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']) {
      const found = spawnSync(process.platform === 'win32' ? 'where' : 'which', [name], { encoding: 'utf8' });
      const path = found.stdout?.split('\n')[0]?.trim();
      if (found.status === 0 && path) return path;
    }
    return [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    ].find((path) => existsSync(path));
  };
  const system = look();
  if (system) return system;
  const { chromium } = await import('@playwright/test');
  if (existsSync(chromium.executablePath())) return null;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && spawnSync('which', ['apt-get']).status === 0) {
    console.log("Installing the distribution's chromium (once) ...");
    await run('apt-get', ['update', '-qq']);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
    const now = look();
    if (now) return now;
  }
  console.log("Fetching Playwright's chromium (once) ...");
  await node([...bin('@playwright', 'test', 'cli.js'), 'install', 'chromium']);
  if (existsSync(chromium.executablePath())) return null;
  return fail('No browser was found and none could be installed: install Chromium or Chrome, or name one in JERP_BROWSER.');
}

const work = {
  async lint() {
    heading('lint');
    const code = await node([
      ...bin('eslint', 'bin', 'eslint.js'),
      '-c',
      '.config/eslint.config.js',
      '--max-warnings',
      '0',
      'src',
      'e2e',
      'vite.config.ts',
    ]);
    count(code === 0 ? 1 : 0, code === 0 ? 0 : 1);
  },
  async types() {
    heading('types');
    const plain = await node([...bin('typescript', 'bin', 'tsc'), '-p', 'src/tsconfig.json']);
    const page = await node([
      ...bin('svelte-check', 'bin', 'svelte-check'),
      '--workspace',
      'src',
      '--tsconfig',
      './tsconfig.json',
      '--fail-on-warnings',
      '--output',
      'human',
    ]);
    const good = plain === 0 && page === 0;
    count(good ? 1 : 0, good ? 0 : 1);
  },
  async unit() {
    heading('unit tests');
    const file = join(reports, 'unit.json');
    const code = await node([
      ...bin('vitest', 'vitest.mjs'),
      'run',
      '--config',
      'vite.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]);
    countReport(
      file,
      (report) => ({
        good: report.numPassedTests,
        bad: report.numFailedTests + (report.numFailedTestSuites > 0 && report.numFailedTests === 0 ? 1 : 0),
      }),
      code,
    );
  },
  async build() {
    heading('build');
    if (!(await built({ always: true }))) {
      console.error('The page could not be built.');
      return count(0, 1);
    }
    const bytes = firstLoad(join(root, 'dist')).reduce((sum, file) => sum + file.bytes, 0);
    const kilo = (n) => `${(n / 1024).toFixed(1)} KB`;
    console.log(`First load: ${kilo(bytes)} gzipped before any model or backend; at most ${kilo(most)}.`);
    count(bytes <= most ? 1 : 0, bytes <= most ? 0 : 1);
  },
  async e2e() {
    heading('end-to-end tests');
    if (!(await built())) return count(0, 1);
    const path = await browser();
    console.log(`Browser: ${path ?? "Playwright's own chromium"}`);
    const file = join(reports, 'e2e.json');
    const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: file, ...(path ? { JERP_BROWSER: path } : {}) };
    const code = await node([...bin('@playwright', 'test', 'cli.js'), 'test', '-c', 'e2e/playwright.config.ts'], env);
    countReport(file, (report) => ({ good: report.stats.expected + report.stats.flaky, bad: report.stats.unexpected }), code);
  },
};

for (const stage of stages) if (chosen.includes(stage)) await work[stage]();
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
