/** Demonstrations of reflection: groups of made episodes whose difference is known, and the edits that name it. */
import type { Game } from '../envs/alfworld/game.ts';
import type { GeneratedHomes } from '../envs/alfworld/world.ts';
import type { Rng } from '../lib/rng.ts';
import { procedureFamilies, say, wordings, type Advice, type ProcedureFamily } from '../rules/language.ts';
import { keyFunction, scopeFor } from '../rules/keys.ts';
import { applyEvent, emptyPool, type Pool } from '../rules/pool.ts';
import {
  DONE,
  editLines,
  lineText,
  MOST_EDITS,
  nextLine,
  promptOf,
  reflectionView,
  type ReflectionView,
} from '../rules/reflection-text.ts';
import { shoppingSteps, type ShoppingStep } from '../rules/shop-language.ts';
import type { RuleEdit, Task, Trajectory } from '../types.ts';
import { placesIn, playOnce, type Demonstration, type Segment } from './demonstrations.ts';
import type { Worlds } from './corpus.ts';
import { misleading } from './lessons.ts';
import { fromGrammar } from './phrasings.ts';
import { drawPair, drawShoppingPair } from '../algo/contrast-pairs.ts';
import { shopOnce, type Careful } from './shopping.ts';

/** A rule in the list, and whether the episodes speak for it (1), against it (-1), or not at all (0). */
interface Listed {
  text: string;
  /** The advice it gives, when it is about this very task. */
  about?: string;
  verdict: 1 | -1 | 0;
}

/** What the episodes show: advice that the better ones followed, by a name, and how to say it. */
interface Shown {
  about: string;
  text: string;
}

const SHOPPING = 0.25;
const SHOPPING_PAIRS = 0.4;

/** The index-th reflection: the same numbers give the same text on every machine. */
export function demonstrateReflection(worlds: Worlds, index: number, rng: Rng): Demonstration {
  const own = rng.split('reflection', index);
  return own.chance(SHOPPING) ? reflectOnShopping(worlds, own) : reflectOnHomes(worlds, own);
}

/** The index-th contrast pair, a group that differs in one step only, and its right answer; each kind of pair is as frequent. */
export function demonstrateContrast({ homes, shop }: Worlds, index: number, rng: Rng): Demonstration {
  const choice = rng.split('contrast kind', index);
  const shopping = choice.chance(SHOPPING_PAIRS);
  const kind = choice.pick(shopping ? ['missing', 'helpful'] : ['missing', 'harmful', 'helpful']);
  for (let draw = 0; ; draw++) {
    const own = rng.split('contrast', index, draw);
    const pair = shopping ? drawShoppingPair(shop, 'training', own) : drawPair(own.pick(homes.homes), 'training', own);
    if (pair?.kind !== kind) continue;
    const view = reflectionView(pair.input);
    return written(
      view,
      editLines(
        pair.right,
        view.rules.map((rule) => rule.id),
      ),
      pair.input.keys,
    );
  }
}

function trajectoryOf(task: Task, opening: string, turns: Trajectory['turns'], reward: number, n: number): Trajectory {
  const won = reward === 1;
  return { id: `t${n}`, task, ruleIds: [], opening, turns, reward, won, stop: won ? 'won' : 'steps', advantage: 0, tokenCount: 0 };
}

function reflectOnHomes({ homes }: Worlds, rng: Rng): Demonstration {
  const family = procedureFamilies[rng.weighted([1, 1, 1, 1, 0.5])] as ProcedureFamily;
  const game = homeOf(homes.homes, family, rng);
  const winners = 1 + rng.below(2);
  const losers = rng.chance(0.15) ? 0 : 1 + rng.below(3);
  const all = [...Array(winners).fill(true), ...Array(losers).fill(false)] as boolean[];
  const played = rng.shuffle(all).map((knows, n) => {
    const { task, opening, turns, won } = playOnce(
      game,
      { clean: knows, heat: knows, cool: knows, two: knows, look: knows },
      [],
      rng.split('play', n),
      0.03,
    );
    // A loss may also be an episode that ran out of steps on the way.
    const cut = !knows && rng.chance(0.2);
    const kept = cut ? turns.slice(0, Math.ceil(turns.length * rng.uniform())) : turns;
    return trajectoryOf(task, opening, kept, won && !cut ? 1 : 0, n);
  });
  // Now and then the success is an earlier one of another home.
  const lost = played.filter((t) => !t.won);
  const apart = lost.length > 0 && rng.chance(0.25);
  const group = apart ? lost : played;
  const references = apart ? played.filter((t) => t.won) : [];
  const shown: Shown[] = [{ about: family, text: stated({ kind: 'procedure', family }, rng) }];
  const listed = listRules(game, family, played, rng);
  return answer(
    keyFunction('object')((group[0] as Trajectory).task),
    group,
    references,
    listed,
    played.some((t) => t.won) ? shown : [],
    rng,
  );
}

function homeOf(homes: readonly GeneratedHomes[], family: string, rng: Rng): Game {
  const supply = rng.pick(homes);
  for (let index = rng.below(0x7fffffff); ; index++) {
    const game = supply.game('training', index);
    if (game.family === family) return game;
  }
}

/** Up to five rules: right ones, misleading ones about this kind of task, places, and other tasks' procedures. */
function listRules(game: Game, family: ProcedureFamily, played: readonly Trajectory[], rng: Rng): Listed[] {
  const rules: Listed[] = [];
  const right = rng.weighted([0.5, 0.35, 0.15]);
  const advice: Advice = { kind: 'procedure', family };
  for (const ready of rng.shuffle(wordings(advice)).slice(0, right))
    rules.push({ text: worded(advice, ready, rng), about: family, verdict: 1 });
  if (rng.chance(0.25) && (family === 'clean' || family === 'heat' || family === 'cool')) {
    rules.push({ text: misleading(family, rng), about: family, verdict: -1 });
  }
  if (rng.chance(0.3)) {
    const { object } = game.goal;
    const places = placesIn(game);
    const receptacle = rng.pick([...new Set([...places.values()].flat())].sort());
    const found = played.filter((t) => t.won).flatMap(({ turns }) => turns.flatMap(({ action }) => takenFrom(action, object)));
    rules.push({
      text: rng.pick(wordings({ kind: 'where', object, receptacles: [receptacle] })),
      verdict: found.length === 0 ? 0 : found.includes(receptacle) ? 1 : -1,
    });
  }
  const others = procedureFamilies.filter((other) => other !== family);
  for (let i = rng.below(3); i > 0; i--) {
    const other: Advice = { kind: 'procedure', family: rng.pick(others) };
    rules.push({ text: worded(other, rng.pick(wordings(other)), rng), verdict: 0 });
  }
  return rng.shuffle(rules);
}

function takenFrom(action: string, object: string): string[] {
  const found = /^take (\S+) \d+ from (\S+) \d+$/.exec(action);
  return found?.[1] === object ? [found[2] as string] : [];
}

function reflectOnShopping({ shop }: Worlds, rng: Rng): Demonstration {
  const task = shop.task('training', rng.below(0x7fffffff));
  const count = 2 + rng.below(3);
  const visits = Array.from({ length: count }, (_, n) => {
    const knows = Object.fromEntries(shoppingSteps.map((step) => [step, rng.chance(0.5)])) as Careful;
    return { knows, ...shopOnce(shop, task, knows, rng.split('visit', n)) };
  });
  const best = visits.reduce((a, b) => (b.reward > a.reward ? b : a));
  // A step is shown by the best visit when a worse one lacks it.
  const seen = (step: ShoppingStep) =>
    best.knows[step] && (step !== 'options' || best.hadOptions) && visits.some((v) => v.reward < best.reward && !v.knows[step]);
  const shown = shoppingSteps.filter(seen).map((step): Shown => ({ about: step, text: stated({ kind: 'shopping', step }, rng) }));
  const listed = rng.shuffle(
    shoppingSteps
      .filter(() => rng.chance(0.35))
      .map((step): Listed => {
        const advice: Advice = { kind: 'shopping', step };
        return { text: worded(advice, rng.pick(wordings(advice)), rng), about: step, verdict: seen(step) ? 1 : 0 };
      }),
  );
  const group = visits.map(({ opening, turns, reward }, n) => trajectoryOf(task, opening, turns, reward, n));
  return answer(keyFunction('object')(task), group, [], listed, shown, rng);
}

/** A rule that stands in the list: the ready one, or as a person might have typed it. */
const worded = (advice: Advice, ready: string, rng: Rng): string => (rng.chance(0.4) ? fromGrammar(advice, rng) : ready);

/** Mostly the first wording, in which candidates are offered; now and then another. */
function stated(advice: Advice, rng: Rng): string {
  return rng.chance(0.7) ? say(advice) : rng.pick(wordings(advice));
}

function answer(
  keys: readonly string[],
  group: Trajectory[],
  references: Trajectory[],
  listed: Listed[],
  shown: Shown[],
  rng: Rng,
): Demonstration {
  let pool: Pool = emptyPool;
  for (const text of new Set(listed.map((rule) => rule.text))) {
    pool = applyEvent(pool, {
      seq: pool.length,
      iteration: 0,
      by: 'person',
      action: { op: 'ADD', scope: scopeFor(text, keys), text },
      trajectories: [],
      why: '',
    });
  }
  for (let i = rng.below(4); i > 0 && pool.rules.size > 0; i--) {
    const id = `r${1 + rng.below(pool.rules.size)}`;
    pool = applyEvent(pool, { seq: pool.length, iteration: 0, by: 'person', action: { op: 'UPVOTE', id }, trajectories: [], why: '' });
  }
  const view = reflectionView({ keys, pool, group, references });
  const ids = view.rules.map((rule) => rule.id);
  const meaning = new Map(listed.map((rule) => [rule.text, rule]));
  const rules = view.rules.map((rule) => ({ id: rule.id, ...(meaning.get(rule.text) as Listed) }));
  const allWon = group.every((trajectory) => trajectory.won);
  const edits: RuleEdit[] = [];
  for (const { about, text } of shown) {
    const saying = rules.filter((rule) => rule.about === about && rule.verdict === 1);
    const wrong = rules.find((rule) => rule.about === about && rule.verdict === -1);
    if (saying.length >= 2) edits.push({ op: 'MERGE', ids: saying.map((rule) => rule.id), text: (saying[0] as Listed).text });
    else if (saying[0]) edits.push({ op: 'UPVOTE', id: saying[0].id });
    else if (!allWon) edits.push(wrong ? { op: 'EDIT', id: wrong.id, text } : { op: 'ADD', scope: scopeFor(text, keys), text });
  }
  const named = new Set(edits.flatMap((edit) => ('id' in edit ? [edit.id] : [])));
  for (const { id, about, verdict } of rules) {
    if (named.has(id) || verdict === 0 || (about !== undefined && verdict === 1)) continue;
    if (verdict === 1) edits.push({ op: 'UPVOTE', id });
    else if (!allWon) edits.push({ op: 'DOWNVOTE', id });
  }
  return written(view, editLines(edits.slice(0, MOST_EDITS), ids), keys);
}

/** The prompt of a reflection and its answer, line by line. */
function written(view: ReflectionView, edits: readonly string[], keys: readonly string[]): Demonstration {
  const lines = edits.length < MOST_EDITS ? [...edits, DONE] : edits;
  const segments: Segment[] = [{ text: promptOf(view), by: 'environment' }];
  lines.forEach((line, i) => {
    if (i > 0) segments.push({ text: nextLine, by: 'environment' });
    segments.push({ text: lineText(line), by: 'agent' });
  });
  return { segments, won: true, family: `reflect ${keys[0]}` };
}
