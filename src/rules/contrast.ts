/**
 * The contrast reflector: a program, not a language model. It reads which steps the won rollouts and the reference
 * successes took and the lost ones did not, and puts that difference into a sentence of `language.ts`.
 *
 * It sees only actions and observations. Rules that it cannot parse (a person's own wording) it leaves alone.
 */
import { mean } from '../lib/stats.ts';
import type { Rule, RuleEdit, Trajectory } from '../types.ts';
import { advicesFollowed, follows } from './followed.ts';
import { scopeFor } from './keys.ts';
import { say, topic, understand, type Advice } from './language.ts';
import { placesInWords } from './places.ts';
import { rulesUnder } from './pool.ts';
import type { ProposedEdit, ReflectInput, Reflector } from './reflector.ts';

type Where = Advice & { kind: 'where' };

interface Evidence {
  trajectory: Trajectory;
  followed: Advice[];
}

function tally(evidence: readonly Evidence[], advice: Advice) {
  const count = { wonDid: 0, wonNot: 0, lostDid: 0, lostNot: 0 };
  const rewards = { did: [] as number[], not: [] as number[] };
  for (const { trajectory, followed } of evidence) {
    const did = follows(trajectory, followed, advice);
    if (did === null) continue;
    rewards[did ? 'did' : 'not'].push(trajectory.reward);
    if (trajectory.won) count[did ? 'wonDid' : 'wonNot']++;
    else count[did ? 'lostDid' : 'lostNot']++;
  }
  return { ...count, rewards };
}

/** E[R | followed] - E[R | not followed], where R = 1 is a win; null when one side was not seen. */
function worth({ rewards: { did, not } }: ReturnType<typeof tally>): number | null {
  return did.length === 0 || not.length === 0 ? null : mean(did) - mean(not);
}

const sentenceFor = ({ wonDid, wonNot, lostDid, lostNot }: ReturnType<typeof tally>): string =>
  `Followed by ${wonDid} of ${wonDid + wonNot} won and ${lostDid} of ${lostDid + lostNot} lost episodes.`;

export class ContrastReflector implements Reflector {
  readonly name = 'contrast program (no language model)';
  readonly tokensFed = 0;

  async reflect({ keys, pool, group, references }: ReflectInput): Promise<ProposedEdit[]> {
    const read = (trajectory: Trajectory): Evidence => ({ trajectory, followed: advicesFollowed(trajectory) });
    const current = group.map(read);
    const all = [...current, ...references.map(read)];
    const won = current.filter((e) => e.trajectory.won);
    const anyLost = won.length < current.length;
    const ids = all.map((e) => e.trajectory.id);
    const rules = rulesUnder(pool, keys).filter((rule) => rule.status === 'active');
    const parsed = rules.flatMap((rule) => {
      const advice = understand(rule.text);
      return advice ? [{ rule, advice }] : [];
    });
    const proposals: ProposedEdit[] = [];
    const propose = (edit: RuleEdit, why: string) => proposals.push({ edit, why, trajectories: ids });

    // 1. Missing advice: steps of the successes that the losses lack. Needs a loss to contrast with.
    if (anyLost) {
      const known = new Set(parsed.map(({ advice }) => topic(advice)));
      const candidates = new Map(
        all.filter((e) => e.trajectory.won).flatMap((e) => e.followed).map((advice) => [JSON.stringify(advice), advice]),
      );
      const ranked = [...candidates.values()]
        .filter((advice) => !known.has(topic(advice)))
        .map((advice) => ({ advice, count: tally(all, advice) }))
        .map((c) => ({ ...c, value: worth(c.count) }))
        .filter((c): c is typeof c & { value: number } => c.value !== null && c.value > 0)
        .sort((a, b) => b.value - a.value || b.count.wonDid - a.count.wonDid);
      const said = new Set<string>();
      for (const { advice, count } of ranked) {
        if (said.has(topic(advice)) || said.size >= 2) continue;
        said.add(topic(advice));
        const text = say(advice);
        propose({ op: 'ADD', scope: scopeFor(text, keys), text }, sentenceFor(count));
      }
    }

    // 2. Rules about the same thing become one.
    const merged = new Set<string>();
    for (const { rule, advice } of parsed) {
      const twins = parsed.filter((other) => topic(other.advice) === topic(advice) && other.rule.scope === rule.scope);
      if (twins.length < 2 || merged.has(rule.id)) continue;
      for (const twin of twins) merged.add(twin.rule.id);
      const text = mergedText(twins.map((twin) => twin.advice), rule);
      propose({ op: 'MERGE', ids: twins.map((twin) => twin.rule.id), text }, `All of them are about "${topic(advice)}".`);
    }

    // 3. Votes: did following the rule go with winning, in this group? A reference success has had its say already:
    // counted again at every call it would lift a rule for ever.
    for (const { rule, advice } of parsed) {
      if (merged.has(rule.id)) continue;
      const count = tally(current, advice);
      const confirmedBefore = tally(all, advice).wonDid > 0;
      const value = worth(count);
      const elsewhere = advice.kind === 'where' ? foundElsewhere(won, advice) : null;
      if (elsewhere && anyLost) {
        const why = `Won episodes found the ${elsewhere.object} ${placesInWords(elsewhere.receptacles.slice(0, 1))}.`;
        // Older successes still speak for the old place: widen it. Otherwise it was wrong here.
        const widen = confirmedBefore && (advice as Where).receptacles.length < 2;
        const text = say({ ...elsewhere, receptacles: [...(advice as Where).receptacles, ...elsewhere.receptacles] });
        propose(widen ? { op: 'EDIT', id: rule.id, text } : { op: 'DOWNVOTE', id: rule.id }, why);
      } else if (count.wonDid > 0 && (value === null || value > 0)) {
        propose({ op: 'UPVOTE', id: rule.id }, sentenceFor(count));
      } else if (anyLost && value !== null && value < 0) {
        propose({ op: 'DOWNVOTE', id: rule.id }, sentenceFor(count));
      }
    }
    return proposals;
  }
}

/** A place where every won episode found the object although the advice names another; null when one followed it. */
function foundElsewhere(won: readonly Evidence[], advice: Where): Where | null {
  const found = won.flatMap((e) => e.followed).filter((other): other is Where => other.kind === 'where' && other.object === advice.object);
  if (found.some((other) => advice.receptacles.includes(other.receptacles[0] as string))) return null;
  return found[0] ?? null;
}

/** One sentence for several about the same thing: the places of all, or the wording of the best. */
function mergedText(advices: Advice[], best: Rule): string {
  const first = advices[0] as Advice;
  if (first.kind !== 'where') return best.text;
  const places = new Set(advices.flatMap((advice) => (advice.kind === 'where' ? advice.receptacles : [])));
  return say({ ...first, receptacles: [...places].slice(0, 3) });
}
