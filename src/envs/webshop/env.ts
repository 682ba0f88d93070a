/** A WebShop episode as an `Env`: pages in a chosen mode, and the commands that the page accepts. */
import type { Env, Observation, StepResult } from '../env.ts';
import { clickOn, parseAction } from './action.ts';
import type { Goal } from './goals.ts';
import { html } from './html.ts';
import type { NounFinder } from './nouns.ts';
import type { Reachable } from './reachable.ts';
import { reachable } from './reachable.ts';
import type { Reward } from './reward.ts';
import { rewardOf } from './reward.ts';
import type { Clickable } from './session.ts';
import { Session } from './session.ts';
import type { Shop } from './shop.ts';
import { plainText, richText } from './text.ts';

/** How pages are told: the original's observation modes. */
export type Mode = 'text' | 'text_rich' | 'html' | 'url';

export interface EpisodeOptions {
  mode: Mode;
  /** Shows the tab of attributes on product pages. */
  showAttributes: boolean;
  nouns: NounFinder;
  /** Searches to offer on the start page; any other search is accepted too, on every page. */
  searches: readonly string[];
}

const renderers: Record<Mode, (session: Session) => string> = {
  text: plainText,
  text_rich: richText,
  html,
  url: (session) => session.url,
};

export class WebshopEnv implements Env {
  readonly first: Observation;
  readonly session: Session;
  /** The parts of the last purchase's score. */
  reward: Reward | null = null;
  private clickables: Map<string, Clickable>;

  /** @param id of the session; the original uses the goal's index. */
  constructor(
    readonly shop: Shop,
    readonly goal: Goal,
    id: string,
    private readonly options: EpisodeOptions,
  ) {
    this.session = new Session(shop, id, goal.instruction, options.showAttributes, (bought, picked) => {
      const product = shop.products[bought];
      if (!product) return 0;
      const { nouns } = options;
      const titles = { purchased: nouns(product.asin, product.title), goal: nouns(goal.asin, goal.name) };
      this.reward = rewardOf(product, goal, shop.prices[bought] as number, picked, titles);
      return this.reward.score;
    });
    this.clickables = this.session.clickables();
    this.first = { text: this.text(), admissible: this.admissible() };
  }

  /** Searches that are offered on the start page. */
  get searches(): readonly string[] {
    return this.options.searches;
  }

  /** What a product costs in this shop, where its tag may be a range. */
  readonly price = (asin: string): number => this.shop.prices[this.shop.numbers.get(asin) ?? -1] ?? NaN;

  /** The most that this goal can score with the product that was meant. */
  reachable(): Reachable {
    return reachable(this.shop, this.goal, this.options.nouns);
  }

  /** The page in any mode. */
  text(mode: Mode = this.options.mode): string {
    return renderers[mode](this.session);
  }

  /** What the original calls available actions. */
  available(): { has_search_bar: boolean; clickables: string[] } {
    return { has_search_bar: this.session.page.kind === 'index', clickables: [...this.clickables.keys()] };
  }

  step(action: string): StepResult {
    const score = this.accepts(action) ? this.act(action) : null;
    const bought = score !== null;
    return { text: this.text(), admissible: this.admissible(), reward: score ?? 0, done: bought, won: bought && score === 1 };
  }

  /** Would anything follow from this command? Where the original ends with an error, nothing does. */
  accepts(action: string): boolean {
    const { name, argument } = parseAction(action);
    if (argument === null) return false;
    const label = argument.toLowerCase();
    if (name === 'search') return this.shop.answers(label.split(' '));
    const clickable = name === 'click' ? this.clickables.get(label) : undefined;
    return clickable !== undefined && this.session.opens(label, clickable);
  }

  /** Performs an accepted command. @returns the score of a purchase, null for anything else. */
  private act(action: string): number | null {
    const { name, argument } = parseAction(action);
    const label = (argument as string).toLowerCase();
    let score: number | null = null;
    if (name === 'search') this.session.search(label.split(' '));
    else score = this.session.click(label, this.clickables.get(label) as Clickable);
    this.clickables = this.session.clickables();
    return score;
  }

  private admissible(): string[] {
    const commands = this.session.page.kind === 'index' ? this.options.searches.map((words) => `search[${words}]`) : [];
    for (const [label, clickable] of this.clickables) {
      const command = this.session.opens(label, clickable) ? clickOn(label) : null;
      if (command !== null) commands.push(command);
    }
    return commands;
  }
}
