/** A policy small enough for a software graphics adapter: random weights in the project's own file format. */
import type { BrowserContext } from '@playwright/test';
import { Rng } from '../src/lib/rng.ts';
import { initialWeights } from '../src/policy/llama/flat.ts';
import { writeMlc } from '../src/policy/mlc/write.ts';
import { trainTokenizer } from '../src/policy/train-tokenizer.ts';
import { smallHome } from './lab.ts';
import { microShape, sayings } from './language-model/models.ts';

let files: Promise<Map<string, Uint8Array>> | undefined;

async function microModel(): Promise<Map<string, Uint8Array>> {
  const tokenizer = trainTokenizer(sayings(Array.from({ length: 12 }, (_, i) => smallHome('training', i))), {
    vocabulary: microShape.vocabulary,
  });
  const config = { ...microShape, context: 512 };
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
