/** The marks of rule edits, drawn round the origin in a field of 16 by 16. */
import { staffNames } from './text.ts';

interface Mark {
  op: string;
  path: string;
  full: boolean;
  label: string;
}

/** The staff under the curve, from top to bottom. */
export const staffs: readonly Mark[] = [
  { op: 'ADD', path: 'M-5 0H5M0 -5V5', full: false },
  { op: 'EDIT', path: 'M-5 1.5C-2.5 -5 2.5 5 5 -1.5', full: false },
  { op: 'UPVOTE', path: 'M0 -4.5L5 4H-5Z', full: true },
  { op: 'DOWNVOTE', path: 'M0 4.5L5 -4H-5Z', full: false },
  { op: 'MERGE', path: 'M-5 -5L0 0L-5 5M0 0H6', full: false },
  { op: 'PRUNE', path: 'M-4 -4L4 4M4 -4L-4 4', full: false },
].map((staff) => ({ ...staff, label: staffNames[staff.op as keyof typeof staffNames] }));

/** Taking back is no edit of a run's: it is marked in the history of a pool only. */
export const marks: readonly Mark[] = [
  ...staffs,
  { op: 'RESTORE', path: 'M-5 -2H1.5A3.2 3.2 0 0 1 1.5 4.5H-2.5M-2 -5L-5 -2L-2 1', full: false, label: staffNames.RESTORE },
];

/** What a person does has the mark of its kind: an import adds, switching off prunes. */
const kinds: Record<string, string> = { IMPORT: 'ADD', ENABLE: 'ADD', DISABLE: 'PRUNE' };

export function kindOf(op: string): string {
  return kinds[op] ?? op;
}
