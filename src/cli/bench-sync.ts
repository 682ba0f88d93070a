/** `npm run bench -- sync`: how long it takes to bring a trained adapter into the bytes that a served model holds. */
import { systemClock } from '../lib/clock.ts';
import { UserError } from '../lib/errors.ts';
import { openBackend } from '../policy/backend.ts';
import { DecoderAdapter } from '../policy/decoder/adapter.ts';
import { makeDecoder, smallDecoder } from '../policy/decoder/testing.ts';
import { trainedFormats } from '../policy/decoder/weights.ts';
import type { Quantisation } from '../policy/mlc/format.ts';
import { memorySource } from '../policy/mlc/format.ts';
import { readIndex } from '../policy/mlc/index-file.ts';
import { encode } from '../policy/mlc/tensors.ts';
import { patchShard } from '../policy/webllm/reload-sync.ts';
import type { Bench } from './bench.ts';
import { wholeNumber } from './terminal.ts';

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- sync [options]',
    what: `Seconds per MB of a weight sync, without the graphics upload: merging an adapter, and rewriting cached shards.
What is uploaded in place is "bytes"; on a graphics device that takes milliseconds (the page's self-test measures it there).`,
    options: {
      backend: { value: 'NAME', default: 'wasm', help: 'wasm or cpu: where the adapter is merged.' },
      width: { value: 'D', default: '512', help: 'Width of the made-up model, a multiple of 64.' },
      layers: { value: 'N', default: '8', help: 'Its layers.' },
    },
  },
  run: async (values) => {
    const [width, layers] = [wholeNumber('width', values.width as string, 64), wholeNumber('layers', values.layers as string)];
    if (width % 64 !== 0) throw new UserError(`--width must be a multiple of 64 (one head), not ${width}.`);
    if (values.backend !== 'wasm' && values.backend !== 'cpu')
      throw new UserError(`--backend must be wasm or cpu, not "${values.backend}".`);
    await openBackend(values.backend);
    for (const quantisation of trainedFormats) await measure(quantisation, width, layers, values.backend);
  },
};

async function measure(quantisation: Quantisation, width: number, layers: number, backend: string): Promise<void> {
  const heads = width / 64;
  const { weights, files } = await makeDecoder(
    smallDecoder('qwen2', quantisation, {
      width,
      layers,
      heads,
      kvHeads: heads % 4 === 0 ? heads / 4 : 1,
      headWidth: 64,
      ffn: 4 * width,
      vocabulary: 4096,
    }),
    1,
  );
  const adapter = DecoderAdapter.fresh(weights, { rank: 8, alpha: 16, seed: 1 });
  const time = async <T>(run: () => Promise<T>): Promise<[T, number]> => {
    const start = systemClock.seconds();
    const value = await run();
    return [value, systemClock.seconds() - start];
  };
  const [changes, merge] = await time(async () => {
    const out = new Map<string, Uint8Array>();
    for await (const tensor of adapter.served(true)) out.set(tensor.name, encode(tensor, quantisation, { exact: true }).bytes);
    return out;
  });
  const bytes = [...changes.values()].reduce((sum, { length }) => sum + length, 0);
  const [rewritten, rewrite] = await time(async () => {
    const { records } = await readIndex(memorySource(files));
    return records
      .map((shard) => patchShard(shard, files.get(shard.dataPath) as Uint8Array, changes).bytes.length)
      .reduce((a, b) => a + b, 0);
  });
  const ms = (seconds: number) => Number((1000 * seconds).toFixed(1));
  console.log(
    JSON.stringify({
      quantisation,
      adapter: adapter.kind,
      backend,
      modelMB: Number((weights.bytes / 1e6).toFixed(1)),
      tensors: changes.size,
      bytes,
      mergeMs: ms(merge),
      mergeMsPerMB: ms(merge / (bytes / 1e6)),
      rewriteMs: ms(rewrite),
      rewrittenMB: Number((rewritten / 1e6).toFixed(1)),
    }),
  );
  weights.dispose();
  adapter.dispose();
}
