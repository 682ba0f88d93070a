/** The marks of rule edits, drawn round the origin in a field of 16 by 16. */
export const markPaths: Record<string, string> = {
  add: 'M-5 0H5M0 -5V5',
  edit: 'M-5 1.5C-2.5 -5 2.5 5 5 -1.5',
  upvote: 'M0 -4.5L5 4H-5Z',
  downvote: 'M0 4.5L5 -4H-5Z',
  merge: 'M-5 -5L0 0L-5 5M0 0H6',
  prune: 'M-4 -4L4 4M4 -4L-4 4',
};

/** The staff under the curve, from top to bottom. */
export const staffs = [
  { op: 'ADD', label: 'add', path: markPaths.add as string, full: false },
  { op: 'EDIT', label: 'edit', path: markPaths.edit as string, full: false },
  { op: 'UPVOTE', label: 'upvote', path: markPaths.upvote as string, full: true },
  { op: 'DOWNVOTE', label: 'downvote', path: markPaths.downvote as string, full: false },
  { op: 'MERGE', label: 'merge', path: markPaths.merge as string, full: false },
  { op: 'PRUNE', label: 'prune', path: markPaths.prune as string, full: false },
];
