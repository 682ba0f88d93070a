/** A shopper who knows the target: the shortest way from the start page to the best purchase. */
import { clickOn } from './action.ts';
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
