/** A shop page as data, for people who shop by hand: what it shows, and the command behind everything that can be clicked. */
import { clickOn } from './action.ts';
import type { WebshopEnv } from './env.ts';
import type { Product } from './product.ts';
import type { Reward } from './reward.ts';
import { hasAttribute, optionMatches } from './reward.ts';
import type { SubPage } from './session.ts';
import { subPages } from './session.ts';

/** A product in a list. */
export interface Offer {
  asin: string;
  title: string;
  price: string;
  /** Null when no command opens it. */
  command: string | null;
  /** Opened since the last visit to the start page. */
  visited: boolean;
}

export interface Choice {
  name: string;
  values: { value: string; command: string | null; picked: boolean }[];
}

export type ShopPage =
  | { kind: 'index'; searches: readonly string[] }
  | { kind: 'results'; number: number; total: number; products: Offer[] }
  | { kind: 'item'; product: Offer; choices: Choice[]; tabs: SubPage[] }
  | { kind: 'sub'; name: SubPage; lines: string[] }
  | { kind: 'done'; product: Offer; picked: [name: string, value: string][]; verdict: Verdict };

/** Why a purchase scored what it did. */
export interface Verdict {
  reward: Reward;
  attributes: { text: string; met: boolean }[];
  options: { text: string; met: boolean }[];
  price: number;
  priceUpper: number;
  /** The product that the goal was made from. */
  target: { asin: string; title: string };
}

export interface ShopView {
  instruction: string;
  page: ShopPage;
}

function offer(product: Product, visited: ReadonlySet<string>): Offer {
  const { asin, title, priceTag: price } = product;
  return { asin, title, price, command: clickOn(asin.toLowerCase()), visited: visited.has(asin) };
}

function verdict({ goal, session, price }: WebshopEnv, product: Product, reward: Reward): Verdict {
  const picked = [...session.options.values()];
  const { options } = goal;
  // Each wish alone, so that it can be said which of them was met.
  const wishes =
    options.kind === 'texts'
      ? options.texts.map((text) => ({ text, met: optionMatches(picked, { kind: 'texts', texts: [text] }) > 0 }))
      : options.pairs.map((pair) => ({ text: pair.join(': '), met: optionMatches(picked, { kind: 'pairs', pairs: [pair] }) > 0 }));
  return {
    reward,
    attributes: goal.attributes.map((text) => ({ text, met: hasAttribute(product, text) })),
    options: wishes,
    price: price(product.asin),
    priceUpper: goal.priceUpper,
    target: { asin: goal.asin, title: goal.name },
  };
}

function lines(product: Product, name: SubPage): string[] {
  if (name === 'Description') return product.description === '' ? [] : [product.description];
  if (name === 'Features') return product.bullets;
  return name === 'Attributes' ? [...product.attributes, product.category, product.query, product.path] : [];
}

function page(env: WebshopEnv): ShopPage {
  const { session } = env;
  const { page: at, visited } = session;
  if (at.kind === 'index') return { kind: 'index', searches: env.searches };
  if (at.kind === 'results') {
    const products = session.shown.map((product) => offer(product, visited));
    return { kind: 'results', number: session.pageNumber, total: session.results.length, products };
  }
  const product = session.product as Product;
  if (at.kind === 'sub') return { kind: 'sub', name: at.name, lines: lines(product, at.name) };
  if (at.kind === 'done' && env.reward) {
    return { kind: 'done', product: offer(product, visited), picked: [...session.options], verdict: verdict(env, product, env.reward) };
  }
  const choices = Array.from(product.options, ([name, values]): Choice => {
    const chosen = session.options.get(name);
    return { name, values: values.map((value) => ({ value, command: clickOn(value), picked: value === chosen })) };
  });
  const tabs = subPages.filter((name) => name !== 'Attributes' || session.showAttributes);
  return { kind: 'item', product: offer(product, visited), choices, tabs };
}

export function viewOf(env: WebshopEnv): ShopView {
  return { instruction: env.goal.instruction, page: page(env) };
}
