/** When a key is meant for the page: not where it is written, not in an open dialog, and not where it presses what has the focus. */

/** What takes letters itself: writing, or choosing from a list by its first letters. */
const writes = 'textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=file])';
/** What Space presses, opens, ticks or plays. */
const pressed = 'button, .button, summary, input, label, audio, video';

/**
 * Where the key was pressed. After a dialog was closed, the focus stays on a button inside it until the next frame is
 * drawn: a key that comes in between is the page's.
 */
function place({ target }: KeyboardEvent): Element | null {
  if (!(target instanceof Element) || target.closest('dialog:not([open])')) return null;
  return target;
}

/** Whether a letter or a sign is a key of the page; a button that has the focus does not matter. */
export function isShortcut(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey && !place(event)?.closest(`${writes}, dialog`);
}

/** Whether Space is a key of the page: a button that has the focus is pressed by it, as everywhere. */
export function isFreeSpace(event: KeyboardEvent): boolean {
  return event.key === ' ' && isShortcut(event) && !place(event)?.closest(pressed);
}
