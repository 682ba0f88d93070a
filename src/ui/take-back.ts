/** Makes what takes a change of rules back, or makes it again; what of it could not be done is told. */
import type { Found } from '../rules/undo.ts';
import { lab } from './lab.svelte.ts';
import { rulesPage } from './text.ts';

/** @param found as `rules/undo.ts` finds it. @param cannot words why it cannot be done at all. */
export function takeBack(run: string, found: Found, cannot: (why: string) => string = rulesPage.cannot): void {
  if ('reason' in found) return lab.tell(cannot(found.reason), [], { topic: 'rules' });
  void lab.editRule(run, found.action);
  if (found.left.length) lab.tell(rulesPage.leftAsIs(found.left.length), found.left, { topic: 'rules' });
}
