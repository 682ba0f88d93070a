/** Every method by the name it has in settings, and on the command line. */
import { jerp, topRules } from '../jerp.ts';
import { expel, wholeList } from './expel.ts';
import { grpo, noRules } from './grpo.ts';
import { jerpFrozenPool } from './jerp-frozen-pool.ts';
import type { Method } from './method.ts';
import { promptOnly } from './prompt-only.ts';
import { ownPlans, reflexion } from './reflexion.ts';
import { rloo } from './rloo.ts';
import { rulesOnly } from './rules-only.ts';
import { trainingFreeGrpo } from './training-free-grpo.ts';

export const methods: Record<string, Method> = {
  jerp: { iterate: jerp, rulesFor: topRules, plays: 'training' },
  'jerp-frozen-pool': { iterate: jerpFrozenPool, rulesFor: topRules, plays: 'training' },
  'rules-only': { iterate: rulesOnly, rulesFor: topRules, plays: 'training' },
  grpo: { iterate: grpo, rulesFor: noRules, plays: 'training' },
  rloo: { iterate: rloo, rulesFor: noRules, plays: 'training' },
  expel: { iterate: expel, rulesFor: wholeList, plays: 'training' },
  'training-free-grpo': { iterate: trainingFreeGrpo, rulesFor: wholeList, plays: 'training' },
  reflexion: { iterate: reflexion, rulesFor: ownPlans, plays: 'panel' },
  'prompt-only': { iterate: promptOnly, rulesFor: topRules, plays: 'training' },
};
