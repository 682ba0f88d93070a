/** What the policy is pre-trained on: a mix of demonstrations as token sequences, and the tokenizer made from them. */
import { appHomes } from '../envs/alfworld/homes.ts';
import { MadeShop } from '../envs/webshop/world.ts';
import type { Rng } from '../lib/rng.ts';
import { trainTokenizer } from '../policy/train-tokenizer.ts';
import type { Tokenizer } from '../policy/tokenizer.ts';
import type { Sequence } from './batches.ts';
import { demonstrate, drill, openNeighbourhood, type Demonstration, type Neighbourhood } from './demonstrations.ts';
import { demonstrateContrast, demonstrateReflection } from './reflections.ts';
import { demonstrateShopping, drillShopping } from './shopping.ts';

/** Where demonstrations take place. */
export interface Worlds {
  homes: Neighbourhood;
  shop: MadeShop;
}

/** The shop of pre-training is another one than the app's. */
export async function openWorlds(): Promise<Worlds> {
  return { homes: await openNeighbourhood(appHomes.seed), shop: await MadeShop.create({ seed: 20, products: 4000 }) };
}

type Kind = 'home' | 'drill' | 'shop' | 'shopDrill' | 'reflection' | 'contrast';

/** Shares of demonstrations; one in the shop has about three times the tokens of one at home, a drill about half. */
const mix: Record<Kind, number> = { home: 0.3, drill: 0.4, shop: 0.02, shopDrill: 0.1, reflection: 0.08, contrast: 0.1 };

/** So many drills come first: reading is learnt in a tenth of the tokens where nothing else can be learnt. */
const DRILLS_FIRST = 16_000;

/** The first token of an action says go, take or move: getting it wrong costs an episode, so it weighs more. */
const VERB_WEIGHT = 5;

/**
 * What the environment says carries a little loss too: predicting its echoes teaches the copying that acting needs.
 * Every third token stands for all of them, which saves most of the output layer's work.
 */
const TEXT_WEIGHT = 0.45;
const TEXT_SHARE = 1 / 3;

function demonstration(worlds: Worlds, index: number, rng: Rng): Demonstration {
  const { homes, shop } = worlds;
  const drawn = Object.keys(mix)[rng.split('kind', index).weighted(Object.values(mix))] as Kind;
  const kind = index < DRILLS_FIRST ? 'drill' : drawn;
  switch (kind) {
    case 'home':
      return demonstrate(homes, index, rng);
    case 'drill':
      return drill(homes, index, rng);
    case 'shop':
      return demonstrateShopping(shop, index, rng);
    case 'shopDrill':
      return drillShopping(shop, index, rng);
    case 'reflection':
      return demonstrateReflection(worlds, index, rng);
    case 'contrast':
      return demonstrateContrast(worlds, index, rng);
  }
}

/** tokenizer.json from the first `count` demonstrations after the drills. */
export function makeTokenizer(worlds: Worlds, rng: Rng, count: number, vocabulary: number): object {
  const texts: string[] = [];
  for (let i = 0; i < count; i++) for (const segment of demonstration(worlds, DRILLS_FIRST + i, rng).segments) texts.push(segment.text);
  return trainTokenizer(texts, { vocabulary });
}

/**
 * The demonstrations `from` .. `from + count - 1` as sequences that begin with `<s>`; the agent's words carry the loss, the rest a little.
 * Those longer than `context` are left out.
 */
export function sequences(worlds: Worlds, tokenizer: Tokenizer, rng: Rng, from: number, count: number, context: number): Sequence[] {
  const out: Sequence[] = [];
  const start = tokenizer.specialId('<s>');
  for (let index = from; index < from + count; index++) {
    const chance = rng.split('text', index);
    const ids = [start];
    const weights = [0];
    for (const { text, by, emphasis = 1 } of demonstration(worlds, index, rng).segments) {
      tokenizer.encode(text).forEach((id, i) => {
        ids.push(id);
        if (by === 'agent') weights.push(i === 0 ? Math.max(VERB_WEIGHT, emphasis) : emphasis);
        else weights.push(by === 'environment' && chance.chance(TEXT_SHARE) ? TEXT_WEIGHT : 0);
      });
    }
    const lossMask = Uint8Array.from(weights, (weight) => (weight > 0 ? 1 : 0));
    if (ids.length <= context) out.push({ ids, lossMask, weights: Float32Array.from(weights) });
  }
  return out;
}
