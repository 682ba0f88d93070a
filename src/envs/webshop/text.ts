/** Pages as text: the strings that a parser finds in the original's pages, in the modes `text` and `text_rich`. */
import type { Product } from './product.ts';
import { floatRepr, htmlJson, strip } from '../python.ts';
import type { Session } from './session.ts';

/** One string of a page, with what it stands in. */
interface Node {
  text: string;
  in: 'plain' | 'button' | 'option' | 'product' | 'pre';
}

const plain = (text: string): Node => ({ text, in: 'plain' });
const button = (text: string): Node => ({ text, in: 'button' });
const pre = (text: string): Node => ({ text, in: 'pre' });

/** What every page between the first and the last begins with. */
function head(session: Session): Node[] {
  return [plain('Instruction:'), plain(session.instruction), button('Back to Search')];
}

function results(session: Session): Node[] {
  const nodes = [...head(session), plain(`Page ${session.pageNumber} (Total results: ${session.results.length})`)];
  if (session.pageNumber > 1) nodes.push(button('< Prev'));
  nodes.push(button('Next >'));
  for (const { asin, title, priceTag } of session.shown) nodes.push({ text: asin, in: 'product' }, plain(title), plain(priceTag));
  return nodes;
}

function item(session: Session, product: Product): Node[] {
  const nodes = [...head(session), button('< Prev')];
  for (const [name, values] of product.options) {
    nodes.push(plain(name));
    for (const value of values) nodes.push({ text: value, in: 'option' });
  }
  nodes.push(plain(product.title), plain(`Price: ${product.priceTag}`), plain('Rating: N.A.'));
  nodes.push(button('Description'), button('Features'), button('Reviews'));
  if (session.showAttributes) nodes.push(button('Attributes'));
  nodes.push(button('Buy Now'));
  return nodes;
}

function subPage(session: Session, product: Product, name: string): Node[] {
  const nodes = [...head(session), button('< Prev')];
  if (name === 'Description') nodes.push(plain(product.description));
  if (name === 'Features') nodes.push(...product.bullets.map((bullet) => plain(` ${bullet}`)));
  if (name === 'Attributes') {
    nodes.push(...product.attributes.map((attribute) => plain(` ${attribute}`)));
    nodes.push(plain(product.category), plain(product.query), plain(product.path));
  }
  return nodes;
}

/** The page after a purchase; it was written for a study, and most of its fields stay empty. */
function done(session: Session, score: number): Node[] {
  const none = pre('None');
  const bought: [string, Node][] = [
    ['asin', pre(session.product?.asin ?? '')],
    ['options', pre(htmlJson(session.options))],
    ...['attrs', 'category', 'query', 'product category'].map((name): [string, Node] => [name, none]),
  ];
  return [
    ...[plain('Thank you for shopping with us!'), plain('Your code: '), none, plain(' (Paste it in your MTurk interface.)')],
    ...[plain('Purchased'), ...bought.flatMap(([name, value]) => [plain(name), value])],
    ...['Target', 'asin', 'options', 'attrs', 'price upper', 'instuction text', 'category', 'product category', 'query'].map(plain),
    ...[
      plain('Goal '),
      none,
      plain('Reward'),
      plain('Your score (min 0.0, max 1.0)'),
      pre(floatRepr(score)),
      plain('Reward Details '),
      none,
    ],
  ];
}

/** All strings of the page as the parser has them: empty ones do not exist, blank ones are one space or, if broken, dropped. */
function nodes(session: Session): Node[] {
  const { page } = session;
  const product = session.product as Product;
  let all: Node[];
  if (page.kind === 'index') all = [plain('WebShop'), plain('Instruction: '), plain(session.instruction), button('Search')];
  else if (page.kind === 'results') all = results(session);
  else if (page.kind === 'item') all = item(session, product);
  else if (page.kind === 'sub') all = subPage(session, product, page.name);
  else all = done(session, page.score);
  const seen: Node[] = [];
  for (const node of all) {
    const blank = node.in !== 'pre' && !(node.text.charCodeAt(0) > 32) && /^[ \t\n\f\r]*$/.test(node.text);
    if (node.text === '' || node.text === '\n' || (blank && node.text.includes('\n'))) continue;
    seen.push(blank ? { ...node, text: ' ' } : node);
  }
  return seen;
}

/** Mode `text`: the strings, stripped, with separators. Picked options are not visible. */
export function plainText(session: Session): string {
  return nodes(session)
    .map(({ text }) => strip(text))
    .join(' [SEP] ');
}

/** Mode `text_rich`: a line per string, with buttons, and options marked that the address names. */
export function richText(session: Session): string {
  let text = '';
  let clicked = '';
  for (const node of nodes(session)) {
    if (node.in === 'button') text += `[button] ${node.text} [button_]`;
    else if (node.in === 'product') {
      const mark = session.visited.has(node.text) ? 'clicked button' : 'button';
      text += `\n[${mark}] ${node.text} [${mark}_]`;
    } else if (node.in === 'option') {
      // The address holds all picks as JSON, so that a name marks too, and a quoted or foreign value never does.
      const isPicked = session.url.includes(`"${node.text}"`);
      const mark = isPicked ? 'clicked button' : 'button';
      text += `  [${mark}] ${node.text} [${mark}_]`;
      if (isPicked) clicked = `You have clicked ${node.text}.\n${clicked}`;
    } else text += node.text;
    text += '\n';
  }
  return clicked + text;
}
