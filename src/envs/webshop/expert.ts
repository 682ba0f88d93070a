/** A shopper who knows the target: the shortest way from the start page to the best purchase, or the next step from anywhere. */
import { clickOn } from './action.ts';
import type { WebshopEnv } from './env.ts';
import type { Goal } from './goals.ts';
import type { NounFinder } from './nouns.ts';
import { reachable } from './reachable.ts';
import type { Shop } from './shop.ts';

/** @returns commands, or null when none of the searches finds the target or a label cannot be clicked. */
export function plan(shop: Shop, goal: Goal, nouns: NounFinder, searches: readonly string[]): string[] | null {
  const target = shop.numbers.get(goal.asin);
  if (target === undefined) return null;
  const places = searches.map((words) => shop.findWords(words.toLowerCase()).indexOf(target));
  const found = places.filter((place) => place >= 0);
  if (found.length === 0) return null;
  const nearest = Math.min(...found);
  const commands: (string | null)[] = [`search[${searches[places.indexOf(nearest)]}]`];
  for (let page = 0; page < Math.floor(nearest / 10); page++) commands.push('click[next >]');
  commands.push(clickOn(goal.asin.toLowerCase()));
  for (const [, value] of reachable(shop, goal, nouns).picks) commands.push(clickOn(value));
  commands.push('click[buy now]');
  return commands.includes(null) ? null : (commands as string[]);
}

/** The next command of one who knows the target, from any page; null after a purchase, or when no search offered finds the target. */
export function advise(env: WebshopEnv): string | null {
  const { session, goal, shop } = env;
  const { page } = session;
  const target = shop.numbers.get(goal.asin);
  if (target === undefined || page.kind === 'done') return null;
  const label = goal.asin.toLowerCase();
  if (page.kind === 'sub') return 'click[< prev]';
  if (page.kind === 'item') {
    if (session.product?.asin !== goal.asin) return session.results.includes(target) ? 'click[< prev]' : 'click[back to search]';
    const missing = env.reachable().picks.find(([name, value]) => session.options.get(name) !== value);
    return missing ? clickOn(missing[1]) : 'click[buy now]';
  }
  if (page.kind === 'results') {
    const at = Math.floor(session.results.indexOf(target) / 10) + 1;
    if (at < 1) return 'click[back to search]';
    return at === session.pageNumber ? clickOn(label) : at > session.pageNumber ? 'click[next >]' : 'click[< prev]';
  }
  const ranked = env.searches.map((words) => ({ words, place: shop.findWords(words.toLowerCase()).indexOf(target) }));
  const best = ranked.filter(({ place }) => place >= 0).sort((a, b) => a.place - b.place)[0];
  return best ? `search[${best.words}]` : null;
}
