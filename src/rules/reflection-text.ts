/**
 * What a language model reads when it reflects, and the text form of the edits that it answers with.
 *
 *     Reflect: cool
 *     Rules:
 *     1. The mug is often on the shelf.
 *     Task: put a cool lettuce in diningtable.
 *     Won: take lettuce 1 from countertop 2; cool lettuce 1 with fridge 1; move lettuce 1 to diningtable 1
 *     Lost: take lettuce 1 from countertop 2; move lettuce 1 to diningtable 1
 *     > ADD: To cool an object, take it to the fridge and cool it there before you put it down.
 *     > UPVOTE 1
 *     > DONE
 *
 * Rules are named by their number in the list. Everything after `>` is one line of the answer and ends with a newline,
 * as actions do in episodes, so that a policy that plays can also reflect.
 */
import type { Rule, RuleEdit, Trajectory } from '../types.ts';
import { scopeFor } from './keys.ts';
import { rulesUnder } from './pool.ts';
import type { ReflectInput } from './reflector.ts';
import { cleanRuleText } from './text.ts';

/** Most edits of one call (ExpeL). */
export const MOST_EDITS = 4;
/** Most rules listed: their numbers stay single digits. */
export const MOST_RULES = 8;
/** Episodes of the group that are told, won and lost, and references. */
const MOST_WON = 2;
const MOST_LOST = 3;
const MOST_REFERENCES = 2;
/** Steps told of one episode. */
const MOST_STEPS = 10;
/** Rules are shortened to this in the list; the whole prompt then stays below 700 tokens of the embedded policy. */
const RULE_WIDTH = 120;
/** Characters of the whole prompt; what does not fit is left out, references first. */
const MOST_CHARACTERS = 2000;

/** The last line of an answer. */
export const DONE = 'DONE';

/** What the prompt tells, before it is text. */
export interface ReflectionView {
  keys: readonly string[];
  /** Number n of the prompt is rules[n - 1]. */
  rules: Rule[];
  episodes: Trajectory[];
}

/** Steps that changed something: searching, opening and what was refused are left out. */
export function keySteps({ task, turns }: Trajectory): string[] {
  if (task.env === 'webshop') return turns.map(({ action }, t) => productOpened(action, turns[t - 1]?.observation ?? '') ?? action);
  return turns
    .filter(({ action, observation }) => !/^(go to|open|close|examine|look$|inventory$|help$)/.test(action) && observation !== 'Nothing happens.')
    .map(({ action }) => action);
}

/** A click on a product says nothing to a reader: its place on the page, title and price do. */
function productOpened(action: string, page: string): string | null {
  const asin = /^click\[(b0[0-9a-z]{8})\]$/i.exec(action)?.[1]?.toUpperCase();
  if (asin === undefined) return null;
  const [title = 'a product', price = ''] = (page.split(`[SEP] ${asin} [SEP] `)[1] ?? '').split(' [SEP] ');
  const shown: string[] = page.match(/\bB0[0-9A-Z]{8}\b/g) ?? [];
  return `open item ${shown.indexOf(asin) + 1}, ${title.split(' ').slice(0, 8).join(' ')} ${price}`.trim();
}

/** The rules and episodes that fit: the working rules of the group first, episodes that differ in what they did. */
export function reflectionView({ keys, pool, group, references }: ReflectInput, mostRules = MOST_RULES): ReflectionView {
  const active = rulesUnder(pool, keys).filter((rule) => rule.status === 'active');
  const used = new Set(group.flatMap((trajectory) => trajectory.ruleIds));
  const rules = [...active.filter((rule) => used.has(rule.id)), ...active.filter((rule) => !used.has(rule.id))].slice(0, mostRules);
  const told = new Set<string>();
  const different = (trajectories: readonly Trajectory[], most: number): Trajectory[] => {
    const kept: Trajectory[] = [];
    for (const trajectory of [...trajectories].sort((a, b) => a.turns.length - b.turns.length)) {
      const line = `${trajectory.task.goal}\n${episodeLine(trajectory)}`;
      if (kept.length >= most || told.has(line)) continue;
      told.add(line);
      kept.push(trajectory);
    }
    return kept;
  };
  const episodes = [
    ...different(group.filter((trajectory) => trajectory.won), MOST_WON),
    ...different(group.filter((trajectory) => !trajectory.won), MOST_LOST),
    ...different(references, MOST_REFERENCES),
  ];
  let view = { keys, rules, episodes };
  while (viewText(view).length > MOST_CHARACTERS && view.episodes.length > 1) view = { ...view, episodes: view.episodes.slice(0, -1) };
  return view;
}

function episodeLine(trajectory: Trajectory): string {
  const steps = keySteps(trajectory);
  const outcome = trajectory.won ? 'Won' : trajectory.reward > 0 ? `Lost with ${Math.round(100 * trajectory.reward)} points` : 'Lost';
  const shown = steps.slice(-MOST_STEPS).join('; ');
  return `${outcome}: ${steps.length > MOST_STEPS ? '...; ' : ''}${shown || 'nothing'}`;
}

function viewText({ keys, rules, episodes }: ReflectionView): string {
  const lines = [`Reflect: ${keys[0]}`];
  if (rules.length > 0) lines.push('Rules:', ...rules.map(({ text }, i) => `${i + 1}. ${text.length > RULE_WIDTH ? `${text.slice(0, RULE_WIDTH)}...` : text}`));
  let goal = '';
  for (const trajectory of episodes) {
    if (trajectory.task.goal !== goal) lines.push(`Task: ${(goal = trajectory.task.goal)}.`);
    lines.push(episodeLine(trajectory));
  }
  return lines.join('\n');
}

/** The text before the first line of the answer; it ends with `>`, as a prompt to act does. */
export function reflectionPrompt(input: ReflectInput): string {
  return promptOf(reflectionView(input));
}

export function promptOf(view: ReflectionView): string {
  return `${viewText(view)}\n>`;
}

/** What is read between two lines of the answer. */
export const nextLine = '>';
/** A line of the answer as the policy writes it. */
export const lineText = (line: string): string => ` ${line}\n`;

/** One line per edit, without DONE. `ids[n - 1]` is the rule that the text calls n. @throws Error on a rule that is not listed. */
export function editLines(edits: readonly RuleEdit[], ids: readonly string[]): string[] {
  const number = (id: string): number => {
    const at = ids.indexOf(id);
    if (at < 0) throw new Error(`Rule ${id} is not in the list that the text refers to.`);
    return at + 1;
  };
  return edits.map((edit) => {
    switch (edit.op) {
      case 'ADD':
        return `ADD: ${edit.text}`;
      case 'EDIT':
        return `EDIT ${number(edit.id)}: ${edit.text}`;
      case 'MERGE':
        return `MERGE ${edit.ids.map(number).join(' ')}: ${edit.text}`;
      default:
        return `${edit.op} ${number(edit.id)}`;
    }
  });
}

/** A whole answer. */
export function printEdits(edits: readonly RuleEdit[], ids: readonly string[]): string {
  return [...editLines(edits, ids), DONE].join('\n');
}

/**
 * The edits of an answer, up to DONE or the end of the text; at most four.
 * @returns what could be read, and one sentence for each line that could not.
 */
export function parseEdits(text: string, ids: readonly string[], keys: readonly string[]): { edits: RuleEdit[]; dropped: string[] } {
  const edits: RuleEdit[] = [];
  const dropped: string[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim().replace(/^> ?/, '');
    if (line === '') continue;
    if (line === DONE) break;
    const read = parseLine(line, ids, keys);
    if (typeof read === 'string') dropped.push(read);
    else if (edits.length >= MOST_EDITS) dropped.push(`"${line.slice(0, 60)}" is more than ${MOST_EDITS} edits.`);
    else edits.push(read);
  }
  return { edits, dropped };
}

function parseLine(line: string, ids: readonly string[], keys: readonly string[]): RuleEdit | string {
  const shown = `"${line.slice(0, 60)}"`;
  const found = /^(ADD|EDIT|UPVOTE|DOWNVOTE|MERGE)((?: \d+)*)(?:: (.*))?$/.exec(line);
  if (!found) return `${shown} is no edit.`;
  const [, op, numbers = '', words] = found;
  const named = numbers.split(' ').filter(Boolean).map(Number);
  const unknown = named.find((n) => n < 1 || n > ids.length);
  if (unknown !== undefined) return `${shown} names rule ${unknown}, but ${ids.length} are listed.`;
  const rules = named.map((n) => ids[n - 1] as string);
  const text = words === undefined ? null : cleanRuleText(words);
  const [id] = rules;
  if (op === 'ADD' && rules.length === 0 && text) return { op, scope: scopeFor(text, keys), text };
  if (op === 'EDIT' && rules.length === 1 && id && text) return { op, id, text };
  if (op === 'MERGE' && rules.length >= 2 && text) return { op, ids: rules, text };
  if ((op === 'UPVOTE' || op === 'DOWNVOTE') && rules.length === 1 && id && words === undefined) return { op, id };
  return `${shown} has too much or too little for ${op}.`;
}

/** The grammar of an answer in the EBNF that WebLLM's decoder takes, for a prompt that lists `rules` rules. */
export function editsGrammar(rules: number): string {
  const id = Array.from({ length: rules }, (_, i) => `"${i + 1}"`).join(' | ');
  const vote = '("UPVOTE " | "DOWNVOTE ") id';
  const edits = ['"ADD: " text', ...(rules > 0 ? [vote, '"EDIT " id ": " text'] : []), ...(rules > 1 ? ['"MERGE " id (" " id)+ ": " text'] : [])];
  return [
    `root ::= ${'(edit '.repeat(MOST_EDITS).trimEnd()}${')?'.repeat(MOST_EDITS)} "${DONE}"`,
    `edit ::= (${edits.join(' | ')}) "\\n"`,
    ...(rules > 0 ? [`id ::= ${id}`] : []),
    // One plain sentence: no quotation of roles, no markup.
    'text ::= [A-Z] [a-zA-Z0-9 ,;:()\'-]* "."',
  ].join('\n');
}

/** The same as a JSON schema, for models that write JSON better: {"edits": [{"op": "UPVOTE", "rule": 1}, ...]}. */
export function editsSchema(rules: number): object {
  const ids = Array.from({ length: rules }, (_, i) => i + 1);
  const text = { type: 'string', minLength: 1, maxLength: 300 };
  const id = { type: 'integer', enum: ids };
  const edit = (op: string, properties: object) => ({
    type: 'object',
    properties: { op: { const: op }, ...properties },
    required: ['op', ...Object.keys(properties)],
    additionalProperties: false,
  });
  const anyOf = [edit('ADD', { text })];
  if (rules > 0) anyOf.push(edit('EDIT', { rule: id, text }), edit('UPVOTE', { rule: id }), edit('DOWNVOTE', { rule: id }));
  if (rules > 1) anyOf.push(edit('MERGE', { rules: { type: 'array', items: id, minItems: 2 }, text }));
  return {
    type: 'object',
    properties: { edits: { type: 'array', maxItems: MOST_EDITS, items: { anyOf } } },
    required: ['edits'],
    additionalProperties: false,
  };
}

/** Any JSON value as text; objects may have a `toString` that is no function. */
function asWord(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '{}';
  }
}

/** The edits of an answer under `editsSchema`; anything that is not such an object gives one sentence. */
export function parseEditsJson(text: string, ids: readonly string[], keys: readonly string[]): { edits: RuleEdit[]; dropped: string[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { edits: [], dropped: ['The answer is not JSON.'] };
  }
  const list = typeof value === 'object' && value !== null ? (value as { edits?: unknown }).edits : undefined;
  if (!Array.isArray(list)) return { edits: [], dropped: ['The answer has no list of edits.'] };
  // Through the text form, so that there is one set of checks.
  const lines = list.map((item: unknown) => {
    const { op, rule, rules, text: words } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    const numbers = Array.isArray(rules) ? rules : rule === undefined ? [] : [rule];
    const written = typeof words === 'string' ? `: ${cleanRuleText(words) ?? ''}` : '';
    const line = `${[op, ...numbers].map(asWord).join(' ')}${written}`.replace(/\s+/g, ' ');
    // An empty line would be passed over, and not be counted as dropped.
    return /^ ?>? ?$/.test(line) ? '{}' : line;
  });
  return parseEdits(lines.join('\n'), ids, keys);
}
