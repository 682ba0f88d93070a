/** How made-up goals are said: the template of the synthetic goals, and ways in which people ask. */
import type { Rng } from '../../lib/rng.ts';
import type { OptionKind, TraitName } from './traits.ts';
import { optionKinds, traitGroups } from './traits.ts';

/** What an instruction is made of. */
export interface Wanted {
  query: string;
  heads: readonly string[];
  traits: readonly [TraitName, string][];
  options: readonly [OptionKind, string[]][];
}

function inRole(traits: Wanted['traits'], role: string): string[] {
  return traits.filter(([name]) => traitGroups[name].role === role).map(([, trait]) => trait);
}

export function syntheticInstruction({ query, traits }: Wanted): string {
  const [before, after, purposes] = [inRole(traits, 'before'), inRole(traits, 'with'), inRole(traits, 'for')];
  return [
    'Find me',
    ...(before.length > 0 ? [before.join(', ')] : []),
    query,
    ...(after.length > 0 ? [`with ${after.join(', ')}`] : []),
    ...(purposes.length > 0 ? [`for ${purposes.join(', ')}`] : []),
  ].join(' ');
}

const openings = [
  'i am looking for {x}',
  'i need {x}',
  'i want to buy {x}',
  "i'm looking for {x}",
  "i'd like {x}",
  'find me {x}',
  'can you find me {x}',
  'show me {x}',
  'looking for {x}',
  'please order {x} for me',
  'i am interested in {x}',
  'do you have {x}',
];

const endings = ['', '', '', ', please', ' that i can use every day', ' and i need it soon', ' for my sister', ', nothing fancy'];

/** How people name an option. */
function optionPhrase(rng: Rng, kind: OptionKind, value: string): string {
  const { name } = optionKinds[kind];
  const ways: Record<string, string[]> = {
    color: [`in ${value}`, `that is ${value}`, `in the color ${value}`],
    size: [`in size ${value}`, `size ${value}`, `that is ${value}`],
    style: [`in ${value} style`, `style ${value}`],
    'fit type': [`for ${value}`, `in ${value} fit`],
    'flavor name': [`with ${value} flavor`, `in ${value}`],
    scent: [`with ${value} scent`, `that smells of ${value}`],
  };
  return rng.pick(ways[name] ?? [value]);
}

/** Swaps two letters inside a word of the opening. */
function typo(rng: Rng, text: string): string {
  const places = [...text.matchAll(/[a-z]{5,}/g)].filter(({ 0: word }) => /look|find|order|inter|need/.test(word));
  if (places.length === 0) return text;
  const { 0: word, index } = rng.pick(places);
  const at = index + 1 + rng.below(word.length - 2);
  return text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
}

/** A person's words: some attributes go without saying, and the options are one of the choices. */
export function humanInstruction(
  rng: Rng,
  { heads, traits, options }: Wanted,
): { instruction: string; instruction_attributes: string[]; instruction_options: string[] } {
  const unsaid = rng.chance(0.15) && traits.length > 1 ? rng.below(traits.length) : -1;
  const said = traits.filter((_, i) => i !== unsaid);
  const picked = options.filter(() => rng.chance(0.8)).map(([kind, values]): [OptionKind, string] => [kind, rng.pick(values)]);
  const [before, after, purposes] = [inRole(said, 'before'), inRole(said, 'with'), inRole(said, 'for')];
  const parts = [
    [...before, rng.pick(heads).toLowerCase()].join(', ').replace(/, ([^,]*)$/, ' $1'),
    ...(after.length > 0 ? [`with ${after.join(' and ')}`] : []),
    ...(purposes.length > 0 ? [`for ${purposes.join(' and ')}`] : []),
    ...picked.map(([kind, value]) => optionPhrase(rng, kind, value)),
  ];
  const article = rng.chance(0.5) ? 'a ' : rng.chance(0.5) ? 'some ' : '';
  const opening = rng.pick(openings);
  const request = (rng.chance(0.1) ? typo(rng, opening) : opening).replace('{x}', article + parts.join(' '));
  return {
    instruction: `${request}${rng.pick(endings)}.`,
    instruction_attributes: traits.map(([, trait]) => trait),
    instruction_options: picked.map(([, value]) => value),
  };
}
