/** `npm run export`: the weights of a run, or its episodes, in forms that other programs read. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sentence, UserError } from '../lib/errors.ts';
import { adapterToText, peftFiles } from '../storage/adapter-files.ts';
import { chatJsonl } from '../storage/chat-lines.ts';
import { readRun } from '../storage/transfer.ts';
import { readArguments, readText, runCommand } from './terminal.ts';

const forms = ['peft', 'adapter', 'chats'] as const;

const help = {
  usage: 'npm run export -- --run run.json --as peft --out FOLDER',
  what: `Writes part of a run (from npm run train --out, or exported from the page) for other programs.
peft: a folder with adapter_config.json and adapter_model.safetensors, as peft, TRL and verl load it (LoRA only).
adapter: the weights with the optimiser's state as one file of jerp-lab, for npm run train -- --adapter FILE or the page.
chats: JSON lines with the messages, reward and group of each training episode.`,
  options: {
    run: { value: 'FILE', help: 'The run.' },
    as: { value: 'FORM', default: 'peft', help: forms.join(', ') + '.' },
    out: { value: 'PATH', help: 'A folder for peft, else a file.' },
  },
};

await runCommand(async () => {
  const { values, positionals } = readArguments(help);
  if (positionals.length > 0) throw new UserError(`"${positionals[0]}" is not an option; write --name value. See --help.`);
  const form = forms.find((name) => name === values.as);
  if (!form) throw new UserError(`--as must be one of ${forms.join(', ')}, not "${values.as}".`);
  if (values.run === undefined) throw new UserError('Give the run with --run FILE.');
  if (values.out === undefined) throw new UserError(`Give --out with ${form === 'peft' ? 'a folder' : 'a file'} to write to.`);
  const { run, report } = readRun(await readText(values.run), values.run);
  console.error(report);
  const { manifest, checkpoint, trajectories, events } = run;
  if (form !== 'chats' && !checkpoint) throw new UserError(`${values.run} holds no usable weights; export the run again.`);
  const out = values.out;
  const written: string[] = [];
  const write = async (path: string, content: string | Uint8Array) => {
    await writeFile(path, content).catch((error: unknown) => {
      throw new UserError(`The file ${path} cannot be written (${sentence(error)}); give another path to --out.`);
    });
    written.push(path);
  };
  if (form === 'chats') await write(out, chatJsonl(manifest.id, trajectories, events));
  else if (form === 'adapter' && checkpoint) await write(out, adapterToText(manifest.policy, checkpoint.adapter));
  else if (checkpoint) {
    const files = peftFiles(manifest.policy, checkpoint.adapter);
    await mkdir(out, { recursive: true }).catch((error: unknown) => {
      throw new UserError(`The folder ${out} cannot be made (${sentence(error)}); give another path to --out.`);
    });
    for (const [name, bytes] of files) await write(join(out, name), bytes);
  }
  console.log(JSON.stringify({ run: manifest.id, as: form, written }));
});
