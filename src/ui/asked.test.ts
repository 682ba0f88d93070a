import { expect, test } from 'vitest';
import { askedFor } from './asked.ts';

const asked = (text: string) => askedFor(new URLSearchParams(text));

test('the address chooses backend and model; without it the fastest and the embedded one are taken', () => {
  expect(asked('')).toEqual({ backend: null, model: 'tiny', notes: [] });
  expect(asked('backend=wasm&model=Qwen2.5-0.5B-Instruct-q4f16_1-MLC')).toEqual({
    backend: 'wasm',
    model: 'Qwen2.5-0.5B-Instruct-q4f16_1-MLC',
    notes: [],
  });
});

test.each(['../secret', 'https://elsewhere.invalid/', '.hidden', 'a/b', ''])('%j is no name of a model, and leads nowhere', (name) => {
  const { model, notes } = asked(`model=${encodeURIComponent(name)}`);
  expect(model).toBe('tiny');
  expect(notes.join()).toContain(`"${name}" cannot be the name of a model`);
});

test('a name without end is cut where it is told', () => {
  const { model, notes } = asked(`model=${'A'.repeat(300)}-q4f16_1-MLC`);
  expect(model).toBe('tiny');
  expect(notes).toEqual([`"${'A'.repeat(40)}…" cannot be the name of a model; using tiny.`]);
});

test('an unknown backend is told with the known ones', () => {
  expect(asked('backend=cuda').notes).toEqual(['"cuda" is not a known backend; choosing the fastest. Known: webgpu, wasm, cpu.']);
});

test('the address says how many threads compute; what is no number of them is told', () => {
  expect(asked('workers=2')).toEqual({ backend: null, model: 'tiny', workers: 2, notes: [] });
  for (const text of ['0', '-1', 'many', '1.5', '']) {
    const { workers, notes } = asked(`workers=${text}`);
    expect(workers).toBeUndefined();
    expect(notes).toEqual([`"${text}" is not a number of threads from 1 to 99; using as many as there are cores, at most 4.`]);
  }
});
