/** `npm run bench -- sample`: how fast the embedded policy plays, alone and as a group that shares its prompt. */
import { UserError } from '../lib/errors.ts';
import { cores } from '../lib/thread.node.ts';
import type { Bench } from './bench.ts';
import { inChromium } from './browser.ts';
import { compareGroup } from './peers/sampling.ts';
import { openPolicy } from './policy.ts';
import { wholeNumber } from './terminal.ts';

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- sample [options]',
    what: `Seconds of one episode and of a group of episodes with one prompt, played by the embedded policy side by side.
An episode is a prompt of rules and 30 turns of an observation and a choice among 16 commands; tokens count what the
policy reads, says and is forced to say, in every episode. \`timesOne\` is a group's time over that of one episode in one
thread. \`cpuSeconds\` is processor time of all threads, which neighbours on a shared machine disturb less than \`seconds\`.
In Chromium one thread plays in a page of its own; WebGPU plays a small shape with made-up weights there.`,
    options: {
      where: { value: 'NAME', default: 'node', help: 'node, or chromium: a page of its own.' },
      policy: { value: 'NAME', default: 'tiny', help: 'A folder of public/models.' },
      backend: { value: 'NAME', default: 'wasm', help: 'webgpu, wasm or cpu.' },
      group: { value: 'N', default: '8', help: 'Episodes of the group.' },
      turns: { value: 'N', default: '30', help: 'Turns of an episode.' },
      workers: {
        value: 'N',
        default: String(cores()),
        help: 'In Node the group is played by this many threads too (the number of cores).',
      },
      rounds: { value: 'N', default: '5', help: 'How often each is played; the fastest counts.' },
    },
  },
  run: async (values) => {
    const number = (name: string) => wholeNumber(name, values[name] as string);
    const [group, turns, rounds, workers] = [number('group'), number('turns'), number('rounds'), number('workers')];
    const [where, policy, backend] = [values.where, values.policy, values.backend] as [string, string, string];
    if (where === 'chromium') return inChromium('sample', { policy, backend, group, turns, rounds });
    if (where !== 'node') throw new UserError(`--where must be node or chromium, not "${where}".`);
    const cpuSeconds = () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    };
    const measure = async (threads: number, one: number | null) => {
      const opened = await openPolicy(policy, backend, threads);
      const say = (row: object) => console.log(JSON.stringify(row));
      const seconds = await compareGroup(opened, group, { turns, rounds, cpuSeconds }, `node ${process.version}`, say, one);
      opened.dispose();
      return seconds;
    };
    const one = await measure(1, null);
    if (workers > 1 && backend !== 'webgpu') await measure(workers, one);
  },
};
