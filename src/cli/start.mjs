/** `npm start`: installs and builds what is missing, serves the lab on this machine and prints its address. */
import { parseArgs } from 'node:util';
import { built, checkNode, fail, installed, root } from './ready.mjs';

const help = `npm start -- [--port N]

Serves jerp-lab on this machine and prints the address to open.
Installs the packages and builds the page first when that is needed.

  --port N   the port to serve on (default: PORT of the environment, else the first free one from 5173 on)
  --help     this text`;

let options;
try {
  options = parseArgs({ options: { port: { type: 'string' }, help: { type: 'boolean' } } }).values;
} catch (error) {
  fail(`${error.message}\n\n${help}`, 2);
}
if (options.help) {
  console.log(help);
  process.exit(0);
}
const asked = options.port ?? (process.env.PORT || undefined);
const port = asked === undefined ? 5173 : Number(asked);
if (!Number.isInteger(port) || port < 1 || port > 65535) fail(`The port must be a whole number from 1 to 65535, not "${asked}".`, 2);

checkNode();
await installed();
if (!(await built())) fail('The page could not be built; the message stands above.');

const { preview } = await import('vite');
try {
  const server = await preview({
    configFile: `${root}/vite.config.ts`,
    logLevel: 'error',
    preview: { port, strictPort: asked !== undefined, host: 'localhost' },
  });
  console.log(
    `\n  jerp-lab is ready: open ${server.resolvedUrls?.local[0] ?? `http://localhost:${port}/`}\n  (Ctrl+C ends it; your runs stay in the browser.)\n`,
  );
} catch (error) {
  fail(`The lab could not be served on port ${port}: ${error.message}. Try another: npm start -- --port ${port + 1}`);
}
