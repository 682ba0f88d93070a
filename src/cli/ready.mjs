/** What the plain-JavaScript commands share: is everything installed, is the build fresh, run a program. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Milliseconds of the newest change at or under a path; 0 when it does not exist. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Runs a program in the project's folder with its output shown; resolves to its exit code. */
export function run(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32', ...options });
    child.on('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      done(127);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

/** Ends the program with one sentence. */
export function fail(sentence, code = 1) {
  console.error(sentence);
  process.exit(code);
}

export function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail(`jerp-lab needs Node 20 or newer; this is Node ${process.versions.node}.`);
}

/** Installs the packages when they are missing or older than package-lock.json. */
export async function installed() {
  const stamp = newest(join(root, 'node_modules', '.package-lock.json'));
  if (stamp > 0 && stamp >= newest(join(root, 'package-lock.json'))) return;
  console.log('Installing the packages (once) ...');
  if ((await run('npm', ['ci', '--no-audit', '--no-fund'])) !== 0)
    fail('npm ci failed; its message stands above. Is there a connection to the npm registry?');
}

/** Builds the page when dist/ is missing or older than what it is made of. */
export async function built({ always = false } = {}) {
  const made = join(root, 'dist', 'index.html');
  const parts = ['src', 'public', 'package-lock.json', 'vite.config.ts'].map((name) => newest(join(root, name)));
  if (!always && existsSync(made) && statSync(made).mtimeMs >= Math.max(...parts)) return true;
  console.log('Building the page ...');
  return (await run(process.execPath, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'])) === 0;
}
