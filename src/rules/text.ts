/** What may stand in a rule: one line of plain text, safe to quote in a prompt and to show on a page. */

export const MAX_RULE_LENGTH = 300;

/** Control, format (bidi, zero-width) and surrogate characters, and everything that breaks a line. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
/** Markers by which chat templates separate roles. */
const chatTokens = /<\|[^|>]{0,40}\|>|<\/?s>|\[\/?INST\]|<<\/?SYS>>|<(?:start|end)_of_turn>/gi;

/**
 * One clean line, at most 300 characters, without control characters and chat tokens.
 * @returns the text that may be stored, or null when nothing is left of it.
 */
export function cleanRuleText(text: string): string | null {
  let clean = text.normalize('NFC').replace(unsafe, ' ');
  // Removing a marker may join the halves of another one.
  for (let before = ''; before !== clean; ) {
    before = clean;
    clean = clean.replace(chatTokens, ' ');
  }
  clean = clean.replace(/\s+/g, ' ').trim();
  const characters = Array.from(clean);
  if (characters.length > MAX_RULE_LENGTH) clean = `${characters.slice(0, MAX_RULE_LENGTH - 1).join('').trimEnd()}…`;
  return clean === '' ? null : clean;
}
