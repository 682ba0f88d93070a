/** Rules and wordings that a person has begun to write: they outlive leaving the page, and a reload of the tab. */

/** The key of a rule that is not there yet; others are found by the id of the rule that they would reword. */
export const NEW = 'new';

export interface Draft {
  text: string;
  /** The pool that a new rule is for; empty where it was not chosen. */
  scope: string;
}

/** Where the browser stores nothing, drafts live as long as the page. */
const memory = new Map<string, string>();

/** @param run its name; empty before there is a run. */
const nameOf = (run: string, key: string) => `jerp-lab:draft:${run}:${key}`;

export function draftOf(run: string, key: string): Draft | null {
  const kept = read(nameOf(run, key));
  if (kept === null) return null;
  try {
    const { text, scope } = JSON.parse(kept) as Partial<Draft>;
    return typeof text === 'string' && text.trim() ? { text, scope: typeof scope === 'string' ? scope : '' } : null;
  } catch {
    return null;
  }
}

/** Keeps it from now on; an empty one is nothing to keep. */
export function keepDraft(run: string, key: string, draft: Draft): void {
  if (!draft.text.trim()) return dropDraft(run, key);
  const name = nameOf(run, key);
  const text = JSON.stringify(draft);
  memory.set(name, text);
  try {
    sessionStorage.setItem(name, text);
  } catch {
    // It stays in memory.
  }
}

export function dropDraft(run: string, key: string): void {
  const name = nameOf(run, key);
  memory.delete(name);
  try {
    sessionStorage.removeItem(name);
  } catch {
    // It was in memory only.
  }
}

/** What was begun before there was a run belongs to the run that came of it, unless that has a draft of its own. */
export function moveDraft(from: string, to: string, key: string): void {
  const draft = draftOf(from, key);
  if (!draft || draftOf(to, key)) return;
  keepDraft(to, key, draft);
  dropDraft(from, key);
}

function read(name: string): string | null {
  const here = memory.get(name);
  if (here !== undefined) return here;
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}
