/** The marks of rule edits, drawn round the origin in a field of 16 by 16. */
import { staffNames } from './text.ts';

/** The staff under the curve, from top to bottom. */
export const staffs = [
  { op: 'ADD', path: 'M-5 0H5M0 -5V5', full: false },
  { op: 'EDIT', path: 'M-5 1.5C-2.5 -5 2.5 5 5 -1.5', full: false },
  { op: 'UPVOTE', path: 'M0 -4.5L5 4H-5Z', full: true },
  { op: 'DOWNVOTE', path: 'M0 4.5L5 -4H-5Z', full: false },
  { op: 'MERGE', path: 'M-5 -5L0 0L-5 5M0 0H6', full: false },
  { op: 'PRUNE', path: 'M-4 -4L4 4M4 -4L-4 4', full: false },
].map((staff) => ({ ...staff, label: staffNames[staff.op as keyof typeof staffNames] }));

/** What a person does has the mark of its kind: an import adds, switching off prunes. */
const kinds: Record<string, string> = { IMPORT: 'ADD', ENABLE: 'ADD', DISABLE: 'PRUNE', RESTORE: 'EDIT' };

export function kindOf(op: string): string {
  return kinds[op] ?? op;
}
