/** A WebShop episode as an `Env`: pages in a chosen mode, and the commands that the page accepts. */
import type { Env, Observation, StepResult } from '../env.ts';
import { clickOn, parseAction } from './action.ts';
import type { Goal } from './goals.ts';
import { html } from './html.ts';
import type { NounFinder } from './nouns.ts';
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
    shop: Shop,
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

  /** The page in any mode. */
  text(mode: Mode = this.options.mode): string {
    return renderers[mode](this.session);
  }

  /** What the original calls available actions. */
  available(): { has_search_bar: boolean; clickables: string[] } {
    return { has_search_bar: this.session.page.kind === 'index', clickables: [...this.clickables.keys()] };
  }

  step(action: string): StepResult {
    const score = this.act(action);
    if (score !== false) this.clickables = this.session.clickables();
    const bought = typeof score === 'number';
    return { text: this.text(), admissible: this.admissible(), reward: bought ? score : 0, done: bought, won: score === 1 };
  }

  /** @returns false for a command that nothing follows from, a score for a purchase, else null. */
  private act(action: string): number | null | false {
    const { name, argument } = parseAction(action);
    const label = argument?.toLowerCase();
    if (label === undefined) return false;
    if (name === 'search') return this.session.search(label.split(' ')) && null;
    const clickable = name === 'click' && label !== 'search' ? this.clickables.get(label) : undefined;
    return clickable ? this.session.click(label, clickable) : false;
  }

  private admissible(): string[] {
    const commands = this.session.page.kind === 'index' ? this.options.searches.map((words) => `search[${words}]`) : [];
    for (const [label, clickable] of this.clickables) {
      // "Search" needs words, and a product is opened by its asin in capitals.
      if (label === 'search' || (clickable.kind === 'product' && !this.session.opens(label))) continue;
      const command = clickOn(label);
      if (command !== null) commands.push(command);
    }
    return commands;
  }
}
