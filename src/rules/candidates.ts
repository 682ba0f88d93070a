/** The sentences a small policy may write as rules: what `language.ts` can say about the things in the episodes shown. */
import { procedureFamilies, say } from './language.ts';
import { keySteps, type ReflectionView } from './reflection-text.ts';
import { shoppingSteps } from './shop-language.ts';

const classOf = (name: string): string => name.replace(/ \d+$/, '');

/** Every procedure, and every place at which something named in a task was picked up, in a fixed order; in the shop, every step. */
export function candidateRules({ episodes }: Pick<ReflectionView, 'episodes'>): string[] {
  if (episodes[0]?.task.env === 'webshop') return shoppingSteps.map((step) => say({ kind: 'shopping', step }));
  const texts = new Set(procedureFamilies.map((family) => say({ kind: 'procedure', family })));
  const objects = new Set<string>();
  const places = new Set<string>();
  for (const trajectory of episodes) {
    const named = new Set(trajectory.task.goal.split(' '));
    for (const action of keySteps(trajectory)) {
      const take = /^take (.+) from (.+)$/.exec(action);
      if (!take) continue;
      if (named.has(classOf(take[1] as string))) objects.add(classOf(take[1] as string));
      places.add(classOf(take[2] as string));
    }
  }
  for (const object of [...objects].sort())
    for (const receptacle of [...places].sort()) texts.add(say({ kind: 'where', object, receptacles: [receptacle] }));
  return [...texts];
}
