/** A policy small enough for a software graphics adapter: random weights in the project's own file format. */
import type { BrowserContext } from '@playwright/test';
import { AlfworldEnv } from '../src/envs/alfworld/engine.ts';
import { Rng } from '../src/lib/rng.ts';
import { initialWeights } from '../src/policy/llama/flat.ts';
import { writeMlc } from '../src/policy/mlc/write.ts';
import { trainTokenizer } from '../src/policy/train-tokenizer.ts';
import { smallHome } from './lab.ts';

/** What is said in the homes of the tests, so that prompts are few tokens long. */
function sayings(): string[] {
  const texts: string[] = [];
  for (let i = 0; i < 12; i++) {
    const env = new AlfworldEnv(smallHome('training', i));
    const rng = new Rng(i);
    let seen = env.first;
    for (let step = 0; step < 12; step++) {
      texts.push(seen.text, ...seen.admissible.map((command) => `> ${command}\n`));
      seen = env.step(rng.pick(seen.admissible));
    }
  }
  return texts;
}

let files: Promise<Map<string, Uint8Array>> | undefined;

async function microModel(): Promise<Map<string, Uint8Array>> {
  const vocabulary = 640;
  const tokenizer = trainTokenizer(sayings(), { vocabulary });
  const config = {
    vocabulary,
    width: 32,
    layers: 1,
    heads: 2,
    kvHeads: 1,
    headWidth: 16,
    ffn: 32,
    context: 512,
    ropeTheta: 10000,
    rmsEps: 1e-5,
  };
  return writeMlc({ config, weights: initialWeights(config, new Rng(1)), tokenizer }, 'q0f32');
}

/** Answers the page's requests below models/micro/ with a model made on the spot; open the page with ?model=micro. */
export async function serveMicro(context: BrowserContext): Promise<void> {
  files ??= microModel();
  const made = await files;
  await context.route('**/models/micro/*', (route) => {
    const bytes = made.get(new URL(route.request().url()).pathname.split('/').at(-1) ?? '');
    return bytes ? route.fulfill({ body: Buffer.from(bytes) }) : route.fulfill({ status: 404 });
  });
}
