import { MadeShop } from '../src/envs/webshop/world.ts';
import { appShop } from '../src/envs/webshop/app-shop.ts';
import { plan } from '../src/envs/webshop/expert.ts';
import { nounTable } from '../src/envs/webshop/nouns.ts';
import { suggestSearches } from '../src/envs/webshop/searches.ts';
const w = await MadeShop.create(appShop);
const nouns = (w as any).nouns;
let t = w.task('training', 3);
const env = w.episode(t);
console.log(t, env.first);
const p = plan(w.shop, w.goal(t), nouns, suggestSearches(w.goal(t).instruction));
console.log(p);
for (const a of p!) { const r = env.step(a); console.log('>', a, '\n', r.text.slice(0, 900), r.admissible.slice(0,30), r.reward, r.done); }
// statistics
const tot: Record<string, number[]> = {};
for (let i = 0; i < 200; i++) {
  const t = w.task('training', i);
  const searches = suggestSearches(w.goal(t).instruction);
  const p = plan(w.shop, w.goal(t), nouns, searches);
  if (!p) { (tot.noplan ??= []).push(1); continue; }
  const run = (as: string[]) => { const e = w.episode(t); let r = 0; for (const a of as) { const s = e.step(a); r = s.reward; } return r; };
  (tot.plan ??= []).push(run(p));
  (tot.len ??= []).push(p.length);
  (tot.next ??= []).push(p.filter((a) => a === 'click[next >]').length);
  (tot.noopt ??= []).push(run(p.filter((a) => a === 'click[buy now]' || a.startsWith('search') || a === 'click[next >]' || /click\[b0/.test(a))));
  const e = w.episode(t); let s = e.step(`search[${searches[0]}]`);
  const first = s.admissible.find((a) => /click\[b0/.test(a)); 
  (tot.rank1 ??= []).push(first !== undefined && p.includes(first) ? 1 : 0);
  if (first) { s = e.step(first); (tot.first ??= []).push(e.step('click[buy now]').reward); }
  for (let k = 0; k < searches.length; k++) (tot['s' + k] ??= []).push(w.shop.findWords(searches[k]!.toLowerCase()).indexOf(w.shop.numbers.get(w.goal(t).asin)!));
}
for (const [k, v] of Object.entries(tot)) console.log(k, v.length, v.reduce((a, b) => a + b, 0) / v.length, k.startsWith('s') ? v.filter((x) => x >= 0).length + ' found, first page ' + v.filter((x) => x >= 0 && x < 10).length : '');
