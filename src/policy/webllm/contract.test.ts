import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { batchMembers } from './engine.ts';

const require = createRequire(import.meta.url);

/** The private members behind which weights and batched functions are, as each generation's bundle names them. */
describe.each([
  ['@mlc-ai/web-llm', '0.2.86', 'tensorCacheGet'],
  ['web-llm-0279', '0.2.79', 'ndarrayCacheGet'],
])('%s %s', (name, version, cacheGet) => {
  const file = require.resolve(name);
  const source = readFileSync(file, 'utf8');
  const types = readFileSync(file.replace(/index\.js$/, 'llm_chat.d.ts'), 'utf8');
  const engine = readFileSync(file.replace(/index\.js$/, 'engine.d.ts'), 'utf8');

  test('is the version that the private members were read from', () => {
    const { version: found } = JSON.parse(readFileSync(file.replace(/lib\/index\.js$/, 'package.json'), 'utf8')) as { version: string };
    expect(found).toBe(version);
  });

  test('keeps pipelines, and in them what the driver and the sync reach for', () => {
    expect(engine).toMatch(/private loadedModelIdToPipeline;/);
    for (const member of ['tvm', 'device', 'vm', 'params', 'prefillChunkSize', 'contextWindowSize', 'slidingWindowSize']) {
      expect(types, member).toMatch(new RegExp(`private ${member};`));
    }
    expect(types).toMatch(/resetChat\(keepStats\?: boolean\): void;/);
  });

  test('its runtime has the calls by name', () => {
    for (const member of [...batchMembers, cacheGet, 'copyFromRawBytes', 'copyFrom', 'toArray']) {
      expect(source, member).toMatch(new RegExp(`^\\s+${member}\\(.*\\) \\{$`, 'm'));
    }
    for (const global of ['kv_state_add_sequence', 'kv_state_remove_sequence', 'kv_state_begin_forward', 'kv_state_end_forward']) {
      expect(source, global).toContain(`vm.builtin.${global}`);
    }
    expect(source).toContain('create_tir_paged_kv_cache');
  });

  test('holds chat answers to a grammar, masks before the processor sees them, and tells it the sampled token', () => {
    const [mask, processor] = [source.indexOf('this.fapplyBitmask(logitsOnGPU'), source.indexOf('this.logitProcessor.processLogits(')];
    expect(mask).toBeGreaterThan(0);
    expect(processor).toBeGreaterThan(mask);
    expect(source).toContain('"grammar"');
    expect(source).toMatch(/logitProcessor\) === null \|\| _\w+ === void 0 \? void 0 : _\w+\.processSampledToken\(/);
  });

  test('goes on with a conversation from its last message, and without the token that stopped the answer: why each is read whole', () => {
    expect(source).toMatch(/getPromptArrayInternal\(false, this\.messages\.length - 2\b/);
    expect(source).toMatch(/if \(!this\.stopTriggered\) \{\s+this\.outputIds\.push\(nextToken\);/);
  });

  test('forgets its pipelines when their device is lost, and the device can be reached', () => {
    expect(source).toMatch(/device\.lost\.then\(\(info\) => \{\s+if \(this\.deviceLostIsError\) \{[\s\S]{0,400}this\.unload\(\);/);
    expect(source).toContain('this.loadedModelIdToPipeline.clear();');
    expect(source).toContain('this.lib.webGPUContext = webGPUContext;');
  });

  test('hands logits to a processor in the public call that the fallback uses', () => {
    expect(engine).toMatch(/forwardTokensAndSample\(inputIds: Array<number>, isPrefill: boolean, modelId\?: string\): Promise<number>;/);
    expect(source).toMatch(/this\.logitProcessor\.processLogits\(/);
  });
});
