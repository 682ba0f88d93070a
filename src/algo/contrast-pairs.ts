/**
 * Groups of won and lost episodes that differ in one known step: what a reflector is taught with and measured on.
 *
 * The generators' own players make them, so that the truth is known: what the lost episodes lacked, or which rule of
 * the pool misled. Use the split `training` to teach and `validation` to measure.
 */
import { AlfworldEnv } from '../envs/alfworld/engine.ts';
import { knowsEverything, SearchingExpert, type ExpertOptions } from '../envs/alfworld/expert.ts';
import { goalSentence, type Game } from '../envs/alfworld/game.ts';
import type { GeneratedHomes } from '../envs/alfworld/world.ts';
import { plan } from '../envs/webshop/expert.ts';
import { nounTable } from '../envs/webshop/nouns.ts';
import { suggestSearches } from '../envs/webshop/searches.ts';
import type { MadeShop } from '../envs/webshop/world.ts';
import type { Env } from '../envs/env.ts';
import type { Rng } from '../lib/rng.ts';
import { advicesFollowed, follows } from '../rules/followed.ts';
import { keyFunction, scopeFor } from '../rules/keys.ts';
import { procedureFamilies, say, topic, understand, wordings, type Advice, type ProcedureFamily } from '../rules/language.ts';
import { shoppingSteps } from '../rules/shop-language.ts';
import { applyEvent, emptyPool, type Pool } from '../rules/pool.ts';
import type { ReflectInput } from '../rules/reflector.ts';
import { offered } from '../policy/prompt.ts';
import type { RuleEdit, Task, Trajectory } from '../types.ts';

export interface ContrastPair {
  /** `missing`: the losses lack a step that no rule states. `harmful`: a rule names a wrong place. `helpful`: the wins followed a rule. */
  kind: 'missing' | 'harmful' | 'helpful';
  input: ReflectInput;
  /** The advice that the step, or the place where the wrong rule should have pointed, amounts to. */
  truth: Advice;
  /** The rule in question, where there is one. */
  rule: string | null;
  /** A right answer. */
  right: RuleEdit[];
}

const STEPS = 50;
const classOf = (name: string): string => name.replace(/ \d+$/, '');
/** Procedures that an episode can leave out. */
const gated = ['clean', 'heat', 'cool', 'two'] as const;
const keysOf = keyFunction('object');

/** One pair from a household game of the split; null when this draw makes none (the contrast does not show). */
export function drawPair(homes: GeneratedHomes, split: string, rng: Rng): ContrastPair | null {
  const game = homes.game(split, rng.below(0x7fffffff));
  const task: Task = { env: 'alfworld', id: game.id, family: game.family, goal: goalSentence(game) };
  const family = gated.find((name) => name === game.family) as ProcedureFamily | undefined;
  const players = rng.split('players');
  const play = (name: string, options: Omit<ExpertOptions, 'rng'>, steps = STEPS) => playHome(game, task, name, { ...options, rng: players.split(name) }, steps);
  const won = (n: number, hints: ExpertOptions['hints'] = []) => Array.from({ length: n }, (_, i) => play(`won${i}`, { knows: knowsEverything, hints })).filter((t) => t.won);
  const lost = (n: number, steps?: number) =>
    Array.from({ length: n }, (_, i) => play(`lost${i}`, { knows: steps || !family ? knowsEverything : { ...knowsEverything, [family]: false }, hints: [] }, steps)).filter((t) => !t.won);
  const size = () => 1 + rng.below(4);
  const others = distractors(game, rng);

  if (family && rng.chance(0.5)) {
    const kind = rng.chance(0.7) ? 'missing' : 'helpful';
    const truth: Advice = { kind: 'procedure', family };
    return pairOf(kind, task, [...won(size()), ...lost(size())], truth, kind === 'helpful' ? rng.pick(wordings(truth)) : null, others, rng);
  }
  // Places: the wins found the object where they were told, the losses were still searching.
  const object = game.goal.object;
  const found = takenFrom(play('scout', { knows: knowsEverything, hints: [] }), object);
  if (found === null) return null;
  const truth: Advice = { kind: 'where', object, receptacles: [found] };
  const wins = won(size(), [{ object, receptacle: found }]).filter((t) => takenFrom(t, object) === found);
  const losses = lost(size(), 3 + rng.below(8)).filter((t) => takenFrom(t, object) === null);
  const kind = (['missing', 'harmful', 'helpful'] as const)[rng.weighted([2, 2, 1])] as ContrastPair['kind'];
  const wrong = rng.pick([...new Set(game.receptacles.map((r) => r.kind))].sort());
  if (game.objects.some((o) => o.kind === object && o.in.some((r) => game.receptacles[r]?.kind === wrong))) return null;
  const about = kind === 'missing' ? null : rng.pick(wordings(kind === 'helpful' ? truth : { ...truth, receptacles: [wrong] }));
  return pairOf(kind, task, [...wins, ...losses], truth, about, others, rng);
}

/** One pair from a goal of the made-up shop: a purchase that leaves out one step scores less. */
export function drawShoppingPair(shop: MadeShop, split: string, rng: Rng): ContrastPair | null {
  const task = shop.task(split, rng.below(0x7fffffff));
  const goal = shop.goal(task);
  const searches = suggestSearches(goal.instruction);
  const best = plan(shop.shop, goal, nounTable({ get: (asin) => shop.catalogue.notes.get(asin)?.nouns }), searches);
  if (!best) return null;
  const kind = rng.chance(0.7) ? 'missing' : 'helpful';
  const step = rng.pick(['options', 'fit'] as const);
  const play = (name: string, actions: (env: Env) => string[]) => playList(shop.episode(task), task, name, actions);
  const won = play('won0', () => best);
  /** What is clicked besides results, pages and the purchase. */
  const isPick = (action: string) => !/^search|^click\[(b0[0-9a-z]{8}|next >|buy now)\]$/.test(action);
  const lost = play('lost0', (env) => {
    if (step === 'options') return best.filter((action) => !isPick(action));
    // The first result, whatever it is.
    const first = env.step(best[0] as string).admissible.find((command) => /^click\[b0/.test(command));
    return first === undefined || best.includes(first) ? [] : [first, 'click[buy now]'];
  });
  if (step === 'fit') lost.turns.unshift({ ...(won.turns[0] as Trajectory['turns'][number]) });
  // One fault a pair: another product has other options.
  if (step === 'fit' && best.some(isPick)) return null;
  if (!won.won || lost.won || lost.stop !== 'done') return null;
  const truth: Advice = { kind: 'shopping', step };
  const others = shoppingSteps.filter((other) => other !== step && rng.chance(0.3)).map((other) => rng.pick(wordings({ kind: 'shopping', step: other })));
  return pairOf(kind, task, [won, lost], truth, kind === 'helpful' ? rng.pick(wordings(truth)) : null, others, rng);
}

/** Puts rules and episodes together; null when there is nothing to contrast. */
function pairOf(kind: ContrastPair['kind'], task: Task, group: Trajectory[], truth: Advice, about: string | null, others: string[], rng: Rng): ContrastPair | null {
  if (!group.some((t) => t.won) || group.every((t) => t.won)) return null;
  const keys = keysOf(task);
  let pool: Pool = emptyPool;
  let rule: string | null = null;
  for (const text of rng.shuffle([...new Set([...others, ...(about === null ? [] : [about])])])) {
    pool = applyEvent(pool, { seq: pool.length, iteration: 0, by: 'reflector', action: { op: 'ADD', scope: scopeFor(text, keys), text }, trajectories: [], why: '' });
    if (text === about) rule = `r${pool.rules.size}`;
  }
  const shown = group.map((t) => ({ ...t, ruleIds: [...pool.rules.keys()] }));
  const text = say(truth);
  const right: RuleEdit[] =
    rule === null ? [{ op: 'ADD', scope: scopeFor(text, keys), text }] : kind === 'helpful' ? [{ op: 'UPVOTE', id: rule }] : [{ op: 'EDIT', id: rule, text }];
  const pair: ContrastPair = { kind, input: { keys, pool, group: rng.shuffle(shown), references: [] }, truth, rule, right };
  // A truth that the episodes do not show (the best product has not the best title, one of two was there already) teaches nothing.
  const { named, wrong } = judge(pair, right);
  return named && wrong === 0 ? pair : null;
}

/** Rules about other kinds of task, each at most once: nothing in the group speaks for or against them. */
function distractors(game: Game, rng: Rng): string[] {
  const families = rng.shuffle(procedureFamilies.filter((family) => family !== game.family));
  return families.slice(0, rng.below(4)).map((family) => rng.pick(wordings({ kind: 'procedure', family })));
}

function takenFrom({ turns }: Trajectory, object: string): string | null {
  for (const { action, observation } of turns) {
    const take = /^take (.+) from (.+)$/.exec(action);
    if (take && classOf(take[1] as string) === object && observation.startsWith('You pick up')) return classOf(take[2] as string);
  }
  return null;
}

const unplayed = (task: Task, id: string): Trajectory => ({ id, task, ruleIds: [], opening: '', turns: [], reward: 0, won: false, stop: 'steps', advantage: 0, tokenCount: 0 });

function playHome(game: Game, task: Task, id: string, options: ExpertOptions, steps: number): Trajectory {
  const env = new AlfworldEnv(game);
  const expert = new SearchingExpert(game.sentence, env.first.text, options);
  const trajectory = unplayed(task, id);
  let seen = env.first;
  while (trajectory.turns.length < steps && !trajectory.won) {
    const action = expert.next({ ...seen, admissible: offered(seen.admissible) });
    if (expert.finished) break;
    const result = env.step(action);
    trajectory.turns.push({ action, observation: result.text, logprob: 0 });
    if (result.won) Object.assign(trajectory, { won: true, reward: 1, stop: 'won' });
    seen = result;
  }
  return trajectory;
}

function playList(env: Env, task: Task, id: string, actions: (env: Env) => string[]): Trajectory {
  const trajectory = unplayed(task, id);
  for (const action of actions(env)) {
    const { text, reward, done, won } = env.step(action);
    trajectory.turns.push({ action, observation: text, logprob: 0 });
    if (done) Object.assign(trajectory, { won, reward, stop: won ? 'won' : 'done' });
  }
  return trajectory;
}

/**
 * How an answer compares with the truth.
 * `named`: some edit says what was missing, votes for what helped, or mends or votes down what misled.
 * `wrong`: how many edits say, vote up or keep what no won episode did, vote down what one did, or join rules about different things.
 */
export function judge({ kind, input, truth, rule }: ContrastPair, edits: readonly RuleEdit[]): { named: boolean; wrong: number } {
  const about = (text: string): string => {
    const advice = understand(text);
    return advice ? topic(advice) : text;
  };
  const won = input.group.filter((t) => t.won);
  const didByWon = (text: string): boolean => {
    const advice = understand(text);
    return advice !== null && won.some((t) => follows(t, advicesFollowed(t), advice) === true);
  };
  const textOf = (id: string): string => input.pool.rules.get(id)?.text ?? '';
  let named = false;
  let wrong = 0;
  for (const edit of edits) {
    if (edit.op === 'MERGE') {
      if (new Set(edit.ids.map((id) => about(textOf(id)))).size > 1) wrong++;
    } else if (edit.op === 'DOWNVOTE') {
      if (kind === 'harmful' && edit.id === rule) named = true;
      else wrong++;
    } else if (edit.op === 'UPVOTE') {
      if (kind === 'helpful' && edit.id === rule) named = true;
      if (!didByWon(textOf(edit.id))) wrong++;
    } else {
      const mends = edit.op === 'ADD' ? rule === null || kind === 'harmful' : edit.id === rule;
      if (mends && about(edit.text) === topic(truth) && didByWon(edit.text)) named = true;
      if (!didByWon(edit.text)) wrong++;
    }
  }
  return { named, wrong };
}
