import { afterEach, expect, test, vi } from 'vitest';
import { draftOf, dropDraft, keepDraft, moveDraft, NEW } from './drafts.ts';

afterEach(() => vi.unstubAllGlobals());

/** What a tab holds over a reload. */
function tab(): Map<string, string> {
  const held = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => held.get(name) ?? null,
    setItem: (name: string, text: string) => void held.set(name, text),
    removeItem: (name: string) => void held.delete(name),
  });
  return held;
}

test.each(['with', 'without'])('a draft stays until it is dropped or emptied, by run and rule, %s storage', (storage) => {
  if (storage === 'with') tab();
  const draft = { text: 'Look in ', scope: 'cool' };
  keepDraft('amber-kestrel', NEW, draft);
  keepDraft('amber-kestrel', 'r1', { text: 'Cool', scope: '' });
  expect(draftOf('amber-kestrel', NEW)).toEqual(draft);
  expect(draftOf('pale-finch', NEW)).toBeNull();
  dropDraft('amber-kestrel', NEW);
  expect(draftOf('amber-kestrel', NEW)).toBeNull();
  keepDraft('amber-kestrel', 'r1', { text: ' ', scope: '' });
  expect(draftOf('amber-kestrel', 'r1')).toBeNull();
});

test('what was begun before there was a run goes with the run that came of it, and never over another draft', () => {
  keepDraft('', NEW, { text: 'One', scope: '' });
  moveDraft('', 'pale-finch', NEW);
  expect(draftOf('pale-finch', NEW)?.text).toBe('One');
  expect(draftOf('', NEW)).toBeNull();
  keepDraft('', NEW, { text: 'Two', scope: '' });
  moveDraft('', 'pale-finch', NEW);
  expect(draftOf('pale-finch', NEW)?.text).toBe('One');
  expect(draftOf('', NEW)?.text).toBe('Two');
});

test('what is damaged in storage is no draft', () => {
  const held = tab();
  for (const text of ['{', '3', '{"text":7}', '{"scope":"cool"}']) {
    held.set('jerp-lab:draft:brave-otter:new', text);
    expect(draftOf('brave-otter', NEW)).toBeNull();
  }
  held.set('jerp-lab:draft:brave-otter:new', '{"text":"Open it."}');
  expect(draftOf('brave-otter', NEW)).toEqual({ text: 'Open it.', scope: '' });
});
