import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type AST } from 'svelte/compiler';
import { expect, test } from 'vitest';

/** What is no English, and stays as it is in every language. */
const noEnglish = new Set([
  'npm run experiment -- ',
  // Addresses of the page, and what is said to a shop.
  'live',
  'back to search',
  '< prev',
  'next >',
  'buy now',
  // Kept by the browser, not read by a person.
  'jerp-lab run ',
]);

/** Modules with the games' own words, which are in no other language: commands, and a recorded episode. */
const gameWords = new Set(['commands.ts', 'example.ts']);

/** Attributes of elements that a person reads or hears; of a component, every attribute may be one. */
const read = new Set(['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder', 'alt', 'label']);
/** Attributes that hold code, wherever they stand. */
const code = new Set(['class', 'style', 'd', 'viewBox', 'transform', 'href', 'id', 'name', 'type', 'testid']);

interface Found {
  start: number;
  text: string;
}

const isWord = (text: string) => /\p{L}{2}/u.test(text);
const isPhrase = (text: string) => /\p{L}/u.test(text) && /\S\s\S|\p{L}\s|\s\p{L}/u.test(text);

type Node = { type: string; start: number; end: number } & Record<string, unknown>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

function stringsOf(node: Node): string[] {
  if (node.type === 'Literal') return typeof node.value === 'string' ? [node.value] : [];
  if (node.type === 'TemplateElement') return [(node.value as { cooked: string }).cooked];
  return [];
}

/** What looks for something is given code: selectors, media queries, the beginning of a text. The console is the programmers'. */
const lookups = new Set([
  'closest',
  'matches',
  'matchMedia',
  'querySelector',
  'querySelectorAll',
  'startsWith',
  'includes',
  'warn',
  'error',
]);
function isLookup(node: Node): boolean {
  if (node.type !== 'CallExpression') return false;
  const callee = (node.callee as Node).type === 'ChainExpression' ? ((node.callee as Node).expression as Node) : (node.callee as Node);
  const { name } = (callee.type === 'MemberExpression' ? callee.property : callee) as { name?: string };
  return name !== undefined && lookups.has(name);
}

/** Every string in an expression: words where the string itself is shown, phrases where it is handed on. */
function inExpression(node: unknown, shown: boolean): Found[] {
  if (Array.isArray(node)) return node.flatMap((one) => inExpression(one, shown));
  if (!isNode(node)) return [];
  if (isLookup(node)) return inExpression(node.callee, false);
  const found = stringsOf(node)
    .filter(shown ? isWord : isPhrase)
    .map((text) => ({ start: node.start, text }));
  if (node.type === 'ConditionalExpression')
    return [node.consequent, node.alternate].flatMap((one) => inExpression(one, shown)).concat(inExpression(node.test, false));
  // `a && 'text'`, `a ?? 'text'`, `'text' + a` and a template show their parts; what is compared or called with is not shown.
  const passes =
    ['LogicalExpression', 'TemplateLiteral'].includes(node.type) || (node.type === 'BinaryExpression' && node.operator === '+');
  const parts = Object.entries(node).filter(([key]) => key !== 'loc' && key !== 'metadata');
  return found.concat(parts.flatMap(([, part]) => inExpression(part, shown && passes)));
}

function inAttribute({ name, value }: AST.Attribute, ofComponent: boolean): Found[] {
  if (value === true || code.has(name) || name.startsWith('data-')) return [];
  const shown = read.has(name) || ofComponent;
  return [value].flat().flatMap((part): Found[] => {
    if (part.type === 'ExpressionTag') return inExpression(part.expression, shown);
    return shown && isWord(part.data) ? [{ start: part.start, text: part.data }] : [];
  });
}

/** English in a template: text, attributes that are read, and strings in expressions. */
function inTemplate(node: unknown, ofComponent = false): Found[] {
  if (Array.isArray(node)) return node.flatMap((one) => inTemplate(one, ofComponent));
  if (!isNode(node)) return [];
  if (node.type === 'Text') {
    const data = node.data as string;
    return isWord(data) ? [{ start: node.start + data.search(/\S/), text: data.trim().replace(/\s+/g, ' ') }] : [];
  }
  if (node.type === 'Comment') return [];
  if (node.type === 'Attribute') return inAttribute(node as unknown as AST.Attribute, ofComponent);
  if (node.type === 'ExpressionTag') return inExpression(node.expression, true);
  const isTemplate = /^(Fragment|Component|RegularElement|Svelte|Title|Slot)|(Block|Tag|Directive)$/.test(node.type);
  if (!isTemplate) return inExpression(node, false);
  return Object.entries(node)
    .filter(([key]) => key !== 'loc' && key !== 'metadata' && key !== 'name_loc')
    .flatMap(([, part]) => inTemplate(part, node.type === 'Component'));
}

/** A script holds no phrase either. */
function inScript(script: AST.Script | null): Found[] {
  const statements = (script?.content.body ?? []).filter(({ type }) => type !== 'ImportDeclaration');
  return inExpression(statements, false);
}

function phrasesIn(source: string): Found[] {
  const { fragment, instance, module } = parse(source, { modern: true });
  return [...inScript(module), ...inScript(instance), ...inTemplate(fragment)].filter(({ text }) => !noEnglish.has(text));
}

/** Sentences in a module: strings with two words beside each other. */
function sentencesIn(source: string): Found[] {
  const open = '<script lang="ts">';
  const { instance } = parse(`${open}${source}</script>`, { modern: true });
  return inScript(instance)
    .filter(({ text }) => /\p{L}{2}\S*\s+\S*\p{L}{2}/u.test(text) && !noEnglish.has(text))
    .map(({ start, text }) => ({ start: start - open.length, text }));
}

test('English in a template is found as text, as an attribute, and in an expression; code is not', () => {
  const texts = (source: string) => phrasesIn(source).map(({ text }) => text);
  expect(texts('<p>Go  on</p>')).toEqual(['Go on']);
  expect(texts('<a title="Go" aria-label="To {x}" class="go there" href="#/go on">{x}</a>')).toEqual(['Go', 'To ']);
  expect(texts("{#if a === 'no'}{a === 'yes' ? 'Go' : b || `on ${c}`}{/if}")).toEqual(['Go', 'on ']);
  expect(texts("<B c='Go'>{f('x', 'go on')}</B>")).toEqual(['Go', 'go on']);
  expect(texts("<script>const a = 'go on', b = [f('go')];</script>")).toEqual(['go on']);
  expect(texts("<p class={a ? 'b c' : 'd'} onclick={() => x.closest('a, button')}>{n} %, {text.go}</p>")).toEqual([]);
});

test('a sentence in a module is found; a font, a path and a list of names are not', () => {
  const texts = (source: string) => sentencesIn(source).map(({ text }) => text);
  expect(texts("import { a } from './a b.ts'; tell(`Go on ${a}`, ['x', 'It is here.']);")).toEqual(['Go on ', 'It is here.']);
  expect(texts("const a: string = '600 14px ', b = 'M0 0h3.5v12', c = `${b} ${a}`;")).toEqual([]);
});

const folder = import.meta.dirname;
const files = readdirSync(folder);

function listed(names: readonly string[], find: (source: string) => Found[]): string[] {
  return names.flatMap((name) => {
    const source = readFileSync(join(folder, name), 'utf8');
    return find(source).map(({ start, text }) => `${name}:${source.slice(0, start).split('\n').length} ${text}`);
  });
}

test('no component holds English of its own: all of it stands in text.ts', () => {
  const components = files.filter((name) => name.endsWith('.svelte'));
  expect(listed(components, phrasesIn)).toEqual([]);
});

test('nor does a module of the page', () => {
  const modules = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'text.ts' && !gameWords.has(name));
  expect(listed(modules, sentencesIn)).toEqual([]);
});
