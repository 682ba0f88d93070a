import { GeneratedHomes } from '../src/envs/alfworld/world.ts';
import { MadeShop } from '../src/envs/webshop/world.ts';
import { appShop } from '../src/envs/webshop/app-shop.ts';
import { Rng } from '../src/lib/rng.ts';
import { drawPair, drawShoppingPair, judge, type ContrastPair } from '../src/algo/contrast-pairs.ts';
import { ContrastReflector } from '../src/rules/contrast.ts';
import { reflectionPrompt, printEdits, reflectionView } from '../src/rules/reflection-text.ts';
const homes = await GeneratedHomes.create({ seed: 1 });
const shop = await MadeShop.create(appShop);
const r = new ContrastReflector();
for (const [name, draw] of [['home', (rng: Rng) => drawPair(homes, 'validation', rng)], ['shop', (rng: Rng) => drawShoppingPair(shop, 'validation', rng)]] as const) {
  const t0 = performance.now();
  const pairs: ContrastPair[] = [];
  let tries = 0;
  while (pairs.length < 200) { const p = draw(new Rng(1).split(tries++)); if (p) pairs.push(p); }
  console.log(name, 'tries', tries, ((performance.now() - t0) / 1000).toFixed(1) + ' s');
  const c: Record<string, number[]> = {};
  let shownBad = 0;
  for (const [i, p] of pairs.entries()) {
    const edits = (await r.reflect(p.input)).map((e) => e.edit);
    const j = judge(p, edits);
    const jr = judge(p, p.right);
    if (!jr.named || jr.wrong) console.log('RIGHT IS WRONG', p.right, p.truth);
    const k = (c[p.kind + ' ' + p.truth.kind] ??= [0, 0, 0, 0]);
    k[0]++; k[1] += Number(j.named); k[2] += j.wrong; k[3] += edits.length;
    if ((!j.named || j.wrong) && shownBad++ < 6) { console.log(p.kind, p.rule, p.truth); console.log(reflectionPrompt(p.input)); console.log(edits); }
    if (i < 2) { console.log(reflectionPrompt(p.input) + ' ' + printEdits(p.right, reflectionView(p.input).rules.map((x) => x.id))); }
  }
  console.log(c);
}
