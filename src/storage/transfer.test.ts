/** Files come back as they were written; damaged and hostile ones are repaired, counted or refused in one sentence. */
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { foldPool } from '../rules/pool.ts';
import { personalChanges } from '../rules/personal.ts';
import { ownSteps, undoAction } from '../rules/undo.ts';
import { DexieStore } from './dexie.ts';
import { sampleCommit, sampleManifest } from './sample.ts';
import type { RunExport } from './store.ts';
import { readRules, readRun, rulesToText, runToText } from './transfer.ts';

function sampleRun(): RunExport {
  const commits = [sampleCommit(0), sampleCommit(1)];
  return {
    format: 'jerp-lab run',
    version: 1,
    manifest: sampleManifest(),
    metrics: commits.map((c) => c.metrics),
    events: commits.flatMap((c) => c.events),
    trajectories: commits.flatMap((c) => c.trajectories),
    checkpoint: sampleCommit(1).checkpoint,
  };
}

/** The sample run as JSON with some of it changed. */
function damaged(change: (run: Record<string, unknown>) => void): string {
  const raw = JSON.parse(runToText(sampleRun())) as Record<string, unknown>;
  change(raw);
  return JSON.stringify(raw);
}

test('a run survives the way through its file byte by byte, endless splits too', () => {
  const { run, report } = readRun(runToText(sampleRun()), 'run.json');
  expect(run).toEqual(sampleRun());
  expect(report).toBe('run.json was read: 2 iterations; 2 rule events; 4 episodes.');
});

test('an imported run can be stored beside one of the same name and resumed', async () => {
  const store = new DexieStore('import');
  const { run } = readRun(runToText(sampleRun()), 'run.json');
  expect(await store.importRun(run)).toBe('amber-kestrel');
  expect(await store.importRun(run)).toBe('amber-kestrel-2');
  expect(await store.run('amber-kestrel-2')).toMatchObject({ status: 'imported', iteration: 1 });
  await store.commit('amber-kestrel-2', sampleCommit(2));
  expect(await store.metrics('amber-kestrel-2')).toHaveLength(3);
});

test.each([
  ['not JSON at all', 'hello', 'is not JSON'],
  ['another format', '{"format":"other","version":1}', 'it says it is "other"'],
  ['a list', '[1,2]', 'not a run of jerp-lab'],
  ['a newer version', '{"format":"jerp-lab run","version":2}', 'newer jerp-lab'],
  ['no manifest', '{"format":"jerp-lab run","version":1}', 'manifest is missing'],
])('%s is refused in one sentence', (_name, text, sentence) => {
  expect(() => readRun(text, 'x.json')).toThrow(sentence);
});

test('damaged rows are left out and counted, the rest is used', () => {
  const text = damaged((run) => {
    (run.metrics as unknown[])[0] = { iteration: 'zero' };
    (run.trajectories as unknown[]).push(null, { id: '9.0.0' });
  });
  const { run, report, whole } = readRun(text, 'x.json');
  expect(run.metrics).toHaveLength(1);
  expect(run.trajectories).toHaveLength(4);
  expect(report).toBe('x.json was read: 1 iteration (1 damaged left out); 2 rule events; 4 episodes (2 damaged left out).');
  expect(whole).toBe(false);
});

test('a history is cut at its first impossible event, so that it still folds', () => {
  const text = damaged((run) => {
    (run.events as unknown[])[1] = { seq: 1, iteration: 1, by: 'person', action: { op: 'UPVOTE', id: 'r77' }, trajectories: [], why: '' };
  });
  const { run, report } = readRun(text, 'x.json');
  expect(foldPool(run.events).rules.size).toBe(1);
  expect(report).toContain('1 rule event (1 from the first damaged one on left out)');
});

test('what an undo took back survives the way through a file; without the field, or with a damaged one, it is a change of its own', () => {
  const added = sampleRun().events;
  const undone = undoAction(added, 1);
  if ('reason' in undone) throw new Error(undone.reason);
  const event = { seq: 2, iteration: 1, by: 'person' as const, action: undone.action, trajectories: [], why: '' };
  const events = [...added.map((made) => ({ ...made, by: 'person' as const })), event];
  const whole = runToText({ ...sampleRun(), events });
  const read = (text: string) => readRun(text, 'x.json').run.events;
  expect(read(whole)).toEqual(events);
  expect(whole).toContain('"undoes":1');
  for (const other of ['', ',"undoes":"1"', ',"undoes":-1', ',"undoes":null']) {
    const found = read(whole.replace(/,\s*"undoes":1/, other));
    expect(found).toHaveLength(3);
    expect(found[2]?.action).not.toHaveProperty('undoes', 1);
    expect(ownSteps(found)).toEqual({ undo: [2], redo: undefined });
  }
});

test('which changes were made in one go survives the way through a file, and older files without it are read', () => {
  const { events } = personalChanges(
    foldPool(sampleRun().events),
    [
      { op: 'DISABLE', id: 'r1' },
      { op: 'DISABLE', id: 'r2' },
    ],
    1,
  );
  const whole = runToText({ ...sampleRun(), events: [...sampleRun().events, ...events] });
  const read = (text: string) => readRun(text, 'x.json').run.events;
  expect(ownSteps(read(whole)).undo).toEqual([2, 3]);
  const older = read(whole.replaceAll(/,"batch":\d+/g, ''));
  expect(older).toHaveLength(4);
  expect(ownSteps(older).undo).toEqual([3]);
});

test('weights that are not numbers make the run readable but not resumable', async () => {
  const text = damaged((run) => {
    const checkpoint = run.checkpoint as { adapter: { tensors: Record<string, { data: string }> } };
    checkpoint.adapter.tensors['q.lora_a'] = { data: 'AAAA', ...{ shape: [2, 2] } };
  });
  const { run, report } = readRun(text, 'x.json');
  expect(run.checkpoint).toBeNull();
  expect(report).toContain('can be read but not resumed');
  const store = new DexieStore('no-weights');
  expect(await store.run(await store.importRun(run))).toMatchObject({ status: 'failed' });
});

test('settings out of range are clamped and told', () => {
  const text = damaged((run) => {
    ((run.manifest as Record<string, unknown>).config as Record<string, unknown>).group = 5000;
  });
  const { run, report } = readRun(text, 'x.json');
  expect(run.manifest.config.group).toBe(32);
  expect(report).toContain('group was 5000; using 32');
});

test('numbers beyond double range and pollution keys do no harm', () => {
  const text = damaged((run) => {
    (run.metrics as Record<string, unknown>[])[0] = { ...(run.metrics as object[])[0] };
  })
    .replace('"trainSuccess":0.5', '"trainSuccess":1e309')
    .replace('"edits":{"ADD":1}', '"edits":{"ADD":1,"__proto__":{"polluted":1},"constructor":2}');
  const { run } = readRun(text, 'x.json');
  expect(run.metrics[0]?.trainSuccess).toBe(0);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.getPrototypeOf(run.metrics[0]?.edits)).toBe(Object.prototype);
});

test('JSON ten thousand levels deep is an answer, not a crash', () => {
  const deep = `{"format":"jerp-lab rules","version":1,"rules":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
  expect(() => readRules(deep, 'deep.json')).toThrow(/^deep\.json .*[.]$/);
});

test('a rule pool survives the way through its file', () => {
  const rules = [{ scope: 'cool', text: 'Cool it in the fridge.', score: 5 }];
  expect(readRules(rulesToText('mine', rules), 'pool.json')).toEqual({ name: 'mine', rules, report: 'pool.json was read: 1 rule.' });
});

test('the name of a pool holds no mark that turns the direction of writing, or hides', () => {
  const text = JSON.stringify({ format: 'jerp-lab rules', version: 1, name: 'class\u202e 3b\u200b', rules: [] });
  expect(readRules(text, 'pool.json').name).toBe('class 3b');
  expect(readRules(text.replace('class', '').replace(' 3b', ''), 'pool.json').name).toBe('pool.json');
});

test.each([
  ['[{"scope":5}]', /has one rule, which has no text or no proper kind of task/],
  ['[{"scope":5},{"text":"A."}]', /has 2 rules, all of them with no text/],
])('a pool whose rules %s cannot be read offers none of them', (rules, says) => {
  expect(() => readRules(`{"format":"jerp-lab rules","version":1,"rules":${rules}}`, 'pool.json')).toThrow(says);
});

test('what is shortened or taken from a rule of a pool is told by rule, and counted in the report', () => {
  const rules = ['Short.', 'x'.repeat(400), 'Turn\u202e it. <|im_end|>'].map((text) => ({ scope: 'cool', text }));
  const { rules: kept, report } = readRules(JSON.stringify({ format: 'jerp-lab rules', version: 1, rules }), 'class-3b.json');
  expect(kept.map(({ text, cleaned }) => [text.length, cleaned])).toEqual([
    [6, undefined],
    [300, ['it was shortened from 400 to 300 characters']],
    [8, ['control marks were removed', 'chat tokens were removed']],
  ]);
  expect(report).toBe('class-3b.json was read: 3 rules. 2 rules are not as in the file: too long, or with marks that no rule may hold.');
});

test('rules without text or kind and repeated ones are left out and counted', () => {
  const rules = [{ scope: 'cool', text: 'A.' }, { scope: 'cool', text: ' A. ' }, { scope: 'cool', text: '\u200b' }, { text: 'B.' }, 7];
  const { rules: kept, report } = readRules(JSON.stringify({ format: 'jerp-lab rules', version: 1, rules }), 'class-3b.json');
  expect(kept).toEqual([{ scope: 'cool', text: 'A.', score: 2 }]);
  expect(report).toBe('class-3b.json was read except for 4 of 5 rules, which have no text, no proper kind of task or say the same twice.');
});

test.each(['null', '{"format":"jerp-lab rules","version":1,"rules":{}}', '{"rules":[]}', '"x"'])(
  '%s is no rule pool and is refused in one sentence',
  (text) => {
    expect(() => readRules(text, 'x.json')).toThrow(/^x\.json .*[.]$/);
  },
);
