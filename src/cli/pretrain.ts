/** `npm run pretrain`: makes the embedded policy from nothing, resumable at any kill. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import { Rng } from '../lib/rng.ts';
import { cores } from '../lib/thread.node.ts';
import { needGpu } from '../policy/gpu.node.ts';
import { tinyConfig } from '../policy/llama/config.ts';
import type { LlamaConfig } from '../policy/llama/config.ts';
import { LlamaPolicy } from '../policy/llama/policy.ts';
import { writeFolder } from '../policy/mlc/files.node.ts';
import { writeMlc } from '../policy/mlc/write.ts';
import { Tokenizer } from '../policy/tokenizer.ts';
import { makeTokenizer, openWorlds, sequences } from '../pretrain/corpus.ts';
import { defaultMuon } from '../pretrain/muon.ts';
import { SuccessPanel } from '../pretrain/success.ts';
import { trainModel } from '../pretrain/trainer.ts';
import { policyOf, readModel, workersOf } from './policy.ts';
import { duration, readArguments, runCommand, stopAsked, wholeNumber, writableFolder } from './terminal.ts';

/** Homes on which success is measured on the way. */
const GAMES = 60;
/** Most measurements of success, and at least so many tokens for each but the only one. */
const MEASUREMENTS = 10;
const TOKENS_EACH = 1_000_000;

const help = {
  usage: 'npm run pretrain -- [options]',
  what: `Makes the embedded policy from nothing: demonstrations of the searching expert in generated homes, a tokenizer, all
weights trained by next-token loss on the agent's words, exported in MLC's format. Losses are printed all along, and
how many of ${GAMES} homes are won, without rules and with the right procedures: once for every full million of --tokens, evenly,
but at most ${MEASUREMENTS} times and at least once, at the end. log.jsonl beside the checkpoint keeps both. Ctrl-C stops soon and saves,
a kill loses a few minutes; the same command goes on from its checkpoint, with the same backend and number of workers.`,
  options: {
    tokens: { value: 'N', default: '10000000', help: 'Tokens to read in all.' },
    batch: { value: 'N', default: '8', help: 'Demonstrations per step.' },
    seed: { value: 'N', default: '1', help: 'Fixes demonstrations and starting weights.' },
    backend: { value: 'NAME', default: 'wasm', help: 'wasm, or webgpu: a graphics card with a Vulkan driver.' },
    workers: {
      value: 'N',
      help: 'Threads on wasm; the same number gives the same policy, byte by byte, so a checkpoint goes on with no other (the number of cores, at most --batch).',
    },
    from: {
      value: 'NAME',
      help: 'Goes on from the weights of a policy, at half the learning rate, instead of from nothing; named as for npm run eval.',
    },
    cache: {
      value: 'DIR',
      default: '.cache/pretrain',
      help: 'Where tokenizer, checkpoint and log are kept meanwhile, one folder for each training.',
    },
    out: { value: 'DIR', default: '.cache/policy', help: 'Where the policy is written; it is played with --policy DIR.' },
  },
};

/** Demonstrations that the tokenizer is made from. */
const TOKENIZER_SAMPLE = 4000;
/** Where the demonstrations of a policy that goes on begin; none that begins from nothing comes this far. */
const LATER = 10_000_000;
/** Raise when the demonstrations change: an old checkpoint must not be continued on new data. */
const DATA = 'demonstrations 12';

await runCommand(async () => {
  const { values, positionals } = readArguments(help);
  if (positionals.length > 0) throw new UserError(`"${positionals[0]}" is not an option; write --name value. See --help.`);
  const budget = wholeNumber('tokens', values.tokens as string);
  const batch = wholeNumber('batch', values.batch as string);
  const seed = wholeNumber('seed', values.seed as string, 0);
  const workers = values.workers === undefined ? Math.min(cores(), batch) : wholeNumber('workers', values.workers);
  const { backend } = values;
  if (backend !== 'wasm' && backend !== 'webgpu') throw new UserError(`--backend must be wasm or webgpu, not "${backend ?? ''}".`);
  if (backend === 'webgpu') console.error(`Computing on ${await needGpu()}.`);
  // Before the work, not after it.
  const out = values.out as string;
  await writableFolder('out', out);
  await writableFolder('cache', values.cache as string);
  const worlds = await openWorlds();
  const rng = new Rng(seed).split('pretrain');
  const from = values.from === undefined ? null : await readModel(values.from);
  for (const [name, wanted] of Object.entries(tinyConfig)) {
    const found = from?.config[name as keyof LlamaConfig] ?? wanted;
    if (found !== wanted)
      throw new UserError(`--from: ${values.from} has ${name} ${found}, but here ${wanted} is trained; give another policy.`);
  }
  // Each training has a folder of its own: another one neither stops it nor goes on from its tokenizer.
  const identity = { data: DATA, from: from?.hash ?? 'nothing', batch, tokens: budget };
  const digest = createHash('sha256').update(JSON.stringify({ ...identity, seed }));
  const cache = join(values.cache as string, digest.digest('hex').slice(0, 12));
  await writableFolder('cache', cache);
  const tokenizerFile = join(cache, 'tokenizer.json');
  if (!existsSync(tokenizerFile)) {
    if (!from) console.error(`Making the tokenizer from ${TOKENIZER_SAMPLE} demonstrations, about a minute.`);
    const made = from ? from.tokenizer : makeTokenizer(worlds, rng, TOKENIZER_SAMPLE, tinyConfig.vocabulary);
    // Whole or not at all, so that a kill leaves none that cannot be read.
    await writeFile(`${tokenizerFile}.new`, JSON.stringify(made));
    await rename(`${tokenizerFile}.new`, tokenizerFile);
  }
  const tokenizerJson = await readTokenizer(tokenizerFile);
  const tokenizer = new Tokenizer(tokenizerJson);

  // A policy that goes on has had its drills and reads new demonstrations.
  const first = from ? LATER : 0;

  const panel = await SuccessPanel.open(GAMES);
  const measure = async (weights: Float32Array, stopping: () => boolean) => {
    if (stopping()) return null;
    const model = { config: tinyConfig, weights, tokenizer: tokenizerJson, hash: 'in training' };
    const policy =
      backend === 'webgpu'
        ? // On the device that trains: opening another would close it.
          new LlamaPolicy({ name: 'in training', model, backend: { name: backend } })
        : await policyOf('in training', model, backend, Math.min(workers, workersOf(undefined)));
    try {
      return await panel.play(policy, stopping);
    } finally {
      policy.dispose();
    }
  };

  const result = await trainModel({
    config: tinyConfig,
    nextBatch: (step) => sequences(worlds, tokenizer, rng, first + step * batch, batch, tinyConfig.context),
    budget: { tokens: budget },
    seed,
    backend,
    workers,
    checkpointDir: cache,
    ...(from && { initial: from.weights, optimiser: { muon: defaultMuon.muon / 2, adam: defaultMuon.adam / 2 }, cooldown: 0.8 }),
    identity,
    measure,
    measurements: Math.max(1, Math.min(MEASUREMENTS, Math.floor(budget / TOKENS_EACH))),
    logSeconds: 10,
    stop: stopAsked('Stopping and saving; the same command goes on from here.'),
    onStart: ({ step, steps, tokens, backend, workers }) => {
      console.error(`Computing on ${backend} with ${workers} ${workers === 1 ? 'worker' : 'workers'}; checkpoint and log are in ${cache}.`);
      if (steps !== null)
        console.error(
          `Goes on at step ${step} of ${steps}: ${(tokens / 1e6).toFixed(2)}M of ${(budget / 1e6).toFixed(2)}M tokens were read before.`,
        );
    },
    onLog: ({ step, loss, gradNorm, factor, tokens, tokensPerSecond, eta }) =>
      console.error(
        `step ${step}  loss ${loss.toFixed(3)}  |g| ${gradNorm.toFixed(2)}  lr x${factor.toFixed(2)}  ${(tokens / 1e6).toFixed(2)}M tokens  ${Math.round(tokensPerSecond)}/s  ${duration(eta)} left`,
      ),
    onSuccess: ({ step, tokens, games, won, wonWithRules }) =>
      console.error(
        `step ${step}  ${(tokens / 1e6).toFixed(2)}M tokens  of ${games} homes won ${won} without rules, ${wonWithRules} with the right procedures`,
      ),
  });
  if (result.finished) {
    const model = { config: tinyConfig, weights: result.weights, tokenizer: tokenizerJson };
    await writeFolder(out, await writeMlc(model, 'q8f16_1'));
    console.error(`The policy is in ${out}; npm run eval -- --policy ${out} plays it.`);
  }
  const { finished, step, tokens, loss, workers: used } = result;
  console.log(
    JSON.stringify({
      finished,
      step,
      tokens,
      loss: loss === null ? null : Number(loss.toFixed(4)),
      backend,
      workers: used,
      out: finished ? out : null,
    }),
  );
});

/** @throws UserError when it is no tokenizer. */
async function readTokenizer(file: string): Promise<object> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as object;
  } catch {
    throw new UserError(
      `The tokenizer ${file} cannot be read. Delete its folder to begin this training anew, or put an undamaged copy in its place.`,
    );
  }
}
