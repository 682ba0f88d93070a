/** When a key is meant for the page: not where it is written, not in an open dialog, and not where it presses what has the focus. */

/**
 * Where the key was pressed. After a dialog was closed, the focus stays on a button inside it until the next frame is
 * drawn: a key that comes in between is the page's.
 */
function place({ target }: KeyboardEvent): Element | null {
  if (!(target instanceof Element) || target.closest('dialog:not([open])')) return null;
  return target;
}

/** Text fields take letters themselves, and lists choose by first letters. */
const isWritten = (at: Element | null) =>
  at?.closest('textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=file])') != null;

/** Whether a letter or a sign is a key of the page; a button that has the focus does not matter. */
export function isShortcut(event: KeyboardEvent): boolean {
  const at = place(event);
  return !event.ctrlKey && !event.metaKey && !event.altKey && !isWritten(at) && !at?.closest('dialog');
}

/** Whether Space is a key of the page: what has the focus and can be pressed, opened or ticked takes it, as everywhere. */
export function isFreeSpace(event: KeyboardEvent): boolean {
  return event.key === ' ' && isShortcut(event) && !place(event)?.closest('button, .button, summary, input, label');
}
