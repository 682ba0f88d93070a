/** Searches to offer for a goal: made of its own words only, so that an agent that picks from a list can shop too. */

/** Words that open a request without saying what is wanted. */
const opening = new Set(
  (
    "hello hi hey please can could you find show get give help me us i i'm im am i'd i'll would will like look looking search searching " +
    'need want wanted to buy order place purchase interested shopping in for on a an some the any new pair of one'
  ).split(' '),
);

function withoutOpening(text: string): string {
  const words = text.trim().split(/\s+/);
  const first = words.findIndex((word) => !opening.has(word.replace(/[,.!?]+$/, '')));
  return words.slice(Math.max(first, 0)).join(' ');
}

/** From all that was said to the bare thing; at most four, all different. */
export function suggestSearches(instruction: string): string[] {
  const asked = instruction.toLowerCase().replace(/,? and price lower than [\d.]+ dollars.*$/s, '');
  const whole = withoutOpening(asked);
  const withoutOptions = whole.replace(/ with (?:(?! with )[^:,])+: .*$/s, '');
  const kind = withoutOptions.split(/ with | for | that | which | in |[.?!]/)[0] ?? '';
  const thing = kind.split(',').at(-1) ?? '';
  const last = kind.split(/\s+/).slice(-3).join(' ');
  const found = [whole, withoutOptions, kind, thing, last].map((text) => text.replace(/[[\]\s]+/g, ' ').trim());
  return [...new Set(found.filter((text) => text !== ''))].slice(0, 4);
}
