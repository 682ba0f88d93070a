/** What may stand in a rule: one line of plain text, safe to quote in a prompt and to show on a page. */

export const MAX_RULE_LENGTH = 300;

/** Control, format (bidi, zero-width) and surrogate characters, and everything that breaks a line. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
/** Markers by which chat templates separate roles: between bars (DeepSeek's are wide ones), as tags, and in brackets (Mistral). */
const chatTokens = new RegExp(
  [
    String.raw`[<＜‹〈⟨《«]\s?[|｜│][^>]{0,40}?[|｜│]\s?[>＞›〉⟩》»]`,
    String.raw`<\/?(?:s|bos|eos|pad|unk|think|tool_call|tool_response|start_of_turn|end_of_turn)>`,
    String.raw`<<\/?SYS>>`,
    String.raw`\[\/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|SYSTEM_PROMPT)\]`,
  ].join('|'),
  'gi',
);

function cleanLine(text: string): string {
  let clean = text.normalize('NFC').replace(unsafe, ' ');
  // Removing a marker may join the halves of another one.
  for (let before = ''; before !== clean; ) {
    before = clean;
    clean = clean.replace(chatTokens, ' ');
  }
  return clean.replace(/\s+/g, ' ').trim();
}

/** The characters of a text as a rule counts them: those that cleaning leaves. */
export function ruleLength(text: string): number {
  return Array.from(cleanLine(text)).length;
}

/**
 * One clean line, at most 300 characters, without control characters and chat tokens.
 * @returns the text that may be stored, or null when nothing is left of it.
 */
export function cleanRuleText(text: string): string | null {
  const clean = cleanLine(text);
  const characters = Array.from(clean);
  if (characters.length > MAX_RULE_LENGTH) return `${characters.slice(0, MAX_RULE_LENGTH - 1).join('').trimEnd()}…`;
  return clean === '' ? null : clean;
}

/** What cleaning takes from a text beyond spaces and line breaks, a phrase for each. */
export function takenByCleaning(text: string): string[] {
  const length = ruleLength(text);
  return [
    /[\p{Cc}\p{Cf}\p{Cs}]/u.test(text.replace(/\s/g, '')) ? 'control marks were removed' : '',
    text.normalize('NFC').replace(unsafe, ' ').search(chatTokens) >= 0 ? 'chat tokens were removed' : '',
    length > MAX_RULE_LENGTH ? `it was shortened from ${length} to ${MAX_RULE_LENGTH} characters` : '',
  ].filter(Boolean);
}

/** The same as a sentence; null when it is nothing. */
export function whatCleaningTakes(text: string): string | null {
  const found = takenByCleaning(text);
  return found.length ? `The rule is not stored as it was written: ${found.join(', ')}.` : null;
}
