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
]);

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

/** What looks for something is given code: selectors, media queries, the beginning of a text. */
const lookups = new Set(['closest', 'matches', 'matchMedia', 'querySelector', 'querySelectorAll', 'startsWith', 'includes']);
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

test('English in a template is found as text, as an attribute, and in an expression; code is not', () => {
  const texts = (source: string) => phrasesIn(source).map(({ text }) => text);
  expect(texts('<p>Go  on</p>')).toEqual(['Go on']);
  expect(texts('<a title="Go" aria-label="To {x}" class="go there" href="#/go on">{x}</a>')).toEqual(['Go', 'To ']);
  expect(texts("{#if a === 'no'}{a === 'yes' ? 'Go' : b || `on ${c}`}{/if}")).toEqual(['Go', 'on ']);
  expect(texts("<B c='Go'>{f('x', 'go on')}</B>")).toEqual(['Go', 'go on']);
  expect(texts("<script>const a = 'go on', b = [f('go')];</script>")).toEqual(['go on']);
  expect(texts("<p class={a ? 'b c' : 'd'} onclick={() => x.closest('a, button')}>{n} %, {text.go}</p>")).toEqual([]);
});

test('no component holds English of its own: all of it stands in text.ts', () => {
  const folder = import.meta.dirname;
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.svelte'))
    .flatMap((name) => {
      const source = readFileSync(join(folder, name), 'utf8');
      return phrasesIn(source).map(({ start, text }) => `${name}:${source.slice(0, start).split('\n').length} ${text}`);
    });
  expect(found).toEqual([]);
});
