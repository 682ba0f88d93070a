import { expect, test } from 'vitest';
import { groupAdvantages } from '../algo/advantage.ts';
import { adamW, type AdamWOptions } from '../policy/adamw.ts';
import { defaultConfig, readConfig, settings, type Setting } from './config.ts';
import { presets } from './presets.ts';

test('settings that are not given have their defaults', () => {
  expect(readConfig({})).toEqual({ config: defaultConfig, problems: [], notes: [] });
});

test('out-of-range and malformed values are replaced and told, never thrown on', () => {
  const { config, problems, notes } = readConfig({ group: '5000', lr: 'fast', method: 'magic', seed: '2.5', k: '', iterations: '7' });
  expect(config).toEqual({ ...defaultConfig, group: 32, seed: 3, iterations: 7 });
  expect(problems).toHaveLength(5);
  expect(notes).toContainEqual({ name: 'group', text: expect.stringContaining('group was 5000; using 32') });
  expect(problems.join(' ')).toContain('lr must be a number, not "fast". Allowed: 0 to 0.1.');
});

test('what was kept before alpha, weight decay, clipping and epochs were settings means what they were then', () => {
  const { rank, alphaFactor, weightDecay, maxGradNorm, epochs } = readConfig({ rank: '16' }).config;
  expect([alphaFactor * rank, weightDecay, maxGradNorm, epochs]).toEqual([32, 0, 1, 1]);
  for (const { name, values } of presets) {
    expect({ ...defaultConfig, ...values }).toMatchObject({ alphaFactor: name === 'paper' ? 1 : 2, weightDecay, maxGradNorm, epochs });
  }
});

test('every setting has a symbol, but those that choose or schedule and are in no equation', () => {
  const without = (Object.entries(settings) as [string, Setting<string | number>][]).flatMap(([name, { symbol }]) =>
    symbol ? [] : [name],
  );
  expect(without).toEqual(['env', 'method', 'reflector', 'seed', 'poolIterations', 'absorption', 'evalEvery']);
});

test('the constants that a help text states are those that are computed with', () => {
  const stated = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1]);
  const beta1 = stated(settings.weightDecay.help, /β₁ is (\S+),/);
  const beta2 = stated(settings.weightDecay.help, /β₂ is (\S+) /);
  const epsilon = stated(settings.weightDecay.help, /own ε is (\S+)\./);
  const stepped = (options: Partial<AdamWOptions>) => {
    const [weights, moments] = [Float32Array.of(1, -2), { m: new Float32Array(2), v: new Float32Array(2) }];
    // So small a gradient that epsilon is seen.
    for (const step of [1, 2]) adamW(weights, Float32Array.of(1e-8 * step, 0.3 / step), moments, step, { learningRate: 0.1, ...options });
    return [...weights, ...moments.m, ...moments.v];
  };
  expect(stepped({})).toEqual(stepped({ beta1, beta2, epsilon }));
  const delta = stated(settings.group.help, /\(eq\. 18\) is (\S+)\./);
  expect(groupAdvantages([0, 2e-6])).toEqual([-1e-6 / (1e-6 + delta), 1e-6 / (1e-6 + delta)]);
});
