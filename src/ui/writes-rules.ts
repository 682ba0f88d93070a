/** Which methods write rules, so that the page promises none where none will come. */

/** They train the weights alone, or nothing. */
const without: ReadonlySet<string> = new Set(['grpo', 'rloo', 'prompt-only']);

export function writesRules(method: string): boolean {
  return !without.has(method);
}
