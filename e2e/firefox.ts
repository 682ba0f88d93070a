/** A Firefox of the system, driven through Marionette, its own protocol: Playwright only drives a build of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a Firefox is, or null. */
export function findFirefox(): string | null {
  const named = process.env.JERP_FIREFOX;
  if (named) return named;
  for (const name of ['firefox-esr', 'firefox']) {
    const path = spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim();
    if (path && existsSync(path)) return path;
  }
  return null;
}

/** Quiet, on a free port, and without asking its makers anything. */
const preferences = `user_pref("marionette.port", 0);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
`;

type Reply = [type: number, id: number, error: { error: string; message: string } | null, result: unknown];

export class Firefox {
  private buffer = Buffer.alloc(0);
  private id = 0;
  private readonly waiting = new Map<number, { done: (result: unknown) => void; fail: (error: Error) => void }>();

  private constructor(
    private readonly browser: ChildProcess,
    private readonly socket: Socket,
    private readonly profile: string,
  ) {
    socket.on('data', (data) => this.hear(data));
    socket.on('close', () => {
      for (const { fail } of this.waiting.values()) fail(new Error('Firefox closed the connection.'));
    });
  }

  /** Starts one without a window, in a profile of its own. */
  static async start(path: string): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), 'jerp-lab-firefox-'));
    await writeFile(join(profile, 'user.js'), preferences);
    const browser = spawn(path, ['--headless', '--marionette', '--no-remote', '--profile', profile], { stdio: 'ignore' });
    const port = await portOf(profile);
    const socket = connect(port, '127.0.0.1');
    await new Promise((done, fail) => socket.once('connect', done).once('error', fail));
    const firefox = new Firefox(browser, socket, profile);
    await firefox.send('WebDriver:NewSession', { capabilities: { alwaysMatch: { acceptInsecureCerts: false } } });
    return firefox;
  }

  /** Messages are `length:json`; a socket may bring several, or a part of one. */
  private hear(data: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, data]);
    for (;;) {
      const colon = this.buffer.indexOf(':');
      if (colon < 0) return;
      const length = Number(this.buffer.subarray(0, colon).toString());
      if (this.buffer.length < colon + 1 + length) return;
      const message = JSON.parse(this.buffer.subarray(colon + 1, colon + 1 + length).toString()) as unknown;
      this.buffer = this.buffer.subarray(colon + 1 + length);
      if (!Array.isArray(message)) continue;
      const [, id, error, result] = message as Reply;
      const caller = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) caller?.fail(new Error(`${error.error}: ${error.message}`));
      else caller?.done(result);
    }
  }

  private send(command: string, parameters: object): Promise<unknown> {
    const id = ++this.id;
    const text = JSON.stringify([0, id, command, parameters]);
    return new Promise((done, fail) => {
      this.waiting.set(id, { done, fail });
      this.socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  }

  async open(url: string): Promise<void> {
    await this.send('WebDriver:Navigate', { url });
  }

  /** Loads the page again and waits until it is there: what is read next is the new one. */
  async reload(): Promise<void> {
    await this.send('WebDriver:Refresh', {});
  }

  /** Runs the body of a function in the page and gives back what it returns. */
  async run<T>(script: string, ...args: unknown[]): Promise<T> {
    const { value } = (await this.send('WebDriver:ExecuteScript', { script, args, sandbox: null })) as { value: T };
    return value;
  }

  /** A real click in the middle of the first element that a selector finds. */
  async click(selector: string): Promise<void> {
    const { value } = (await this.send('WebDriver:FindElement', { using: 'css selector', value: selector })) as {
      value: Record<string, string>;
    };
    const [id] = Object.values(value);
    await this.send('WebDriver:ElementClick', { id });
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.browser.once('exit', done));
    await this.send('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => this.browser.kill());
    await ended;
    this.socket.destroy();
    await rm(this.profile, { recursive: true, force: true });
  }
}

/** The port stands in the profile as soon as Firefox listens. */
async function portOf(profile: string): Promise<number> {
  for (let i = 0; i < 600; i++) {
    const text = await readFile(join(profile, 'MarionetteActivePort'), 'utf8').catch(() => '');
    if (/^\d+$/.test(text.trim())) return Number(text);
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error('Firefox did not open its port for Marionette in two minutes.');
}
