/**
 * The nouns of the project, one comment per field.
 *
 * Shape letters used in array names everywhere: B rows of a batch, G rollouts of one
 * group, N chosen tokens, T tokens of a sequence, V vocabulary, D model width,
 * H heads, K head width, L layers, R adapter rank.
 */

export type EnvName = 'alfworld' | 'webshop';

/** One thing to do in one world. Together with the actions it fixes every byte of an episode. */
export interface Task {
  /** Which environment plays it. */
  env: EnvName;
  /** Names the game inside its world, for example `valid_seen/pick_cool_.../trial_...`. */
  id: string;
  /** Kind of task; rule pools are keyed by it (`rules/keys`), results are broken down by it. */
  family: string;
  /** The task sentence, without "Your task is to:" and without the final full stop. */
  goal: string;
}

/** Why an episode ended. */
export type StopReason =
  | 'won'
  /** The environment ended it without success. */
  | 'done'
  /** The step limit was reached. */
  | 'steps'
  /** The next observation would not have fitted the policy's context. */
  | 'context';

/** What the policy might have said instead. */
export interface Alternative {
  /** The command; where several share the beginning at which they left the chosen one, that beginning and an ellipsis. */
  action: string;
  /** log of the probability of the command, or of all that begin so, in nats. */
  logprob: number;
}

/** One action and what came back. */
export interface Turn {
  /** The command as it was sent to the environment. */
  action: string;
  /** What the environment answered. */
  observation: string;
  /** log pi(action | everything before it) under the policy that played, in nats. */
  logprob: number;
  /** The likeliest commands that were not taken, best first; absent when the policy does not tell. */
  others?: Alternative[];
  /** Spans [from, to) of `action` whose tokens were chosen among several: only these carry loss. */
  chosen?: [from: number, to: number][];
}

/** A token that the policy chose among several; forced tokens (one candidate) are not listed. */
export interface TokenChoice {
  /** Index of the chosen token in the sequence; its logits stand at `at - 1`. */
  at: number;
  /** Token ids the decoder allowed here; the softmax runs over these only. Contains the chosen one. Empty: the whole vocabulary, of a language model. */
  allowed: number[];
  /** Added to the logits of the allowed, one each, in nats: what was foreseen of their continuations; 0 where absent. */
  prior?: number[];
  /** log-probability of the chosen token at temperature 1 when it was sampled, in nats. */
  logprob: number;
}

/** What the policy read and wrote in one episode, as one sequence. */
export interface EpisodeTokens {
  /** All T token ids: prompt, actions, observations. */
  ids: number[];
  /** The N choices, in order of `at`. */
  choices: TokenChoice[];
}

/** One finished episode. */
export interface Trajectory {
  /** `<iteration>.<group>.<member>`, unique in a run; evaluation episodes start with `eval`. */
  id: string;
  task: Task;
  /** Ids of the working rules that stood in the prompt, best first. */
  ruleIds: string[];
  /** The first observation, without banner and task sentence. */
  opening: string;
  turns: Turn[];
  /** Terminal reward R(tau): 1 when won, else 0 (AlfWorld); the score (WebShop). */
  reward: number;
  won: boolean;
  stop: StopReason;
  /** Group-relative advantage A_i (paper eq. 19), the same for every turn; 0 until computed. */
  advantage: number;
  /** Sequence length in tokens. */
  tokenCount: number;
}

/** A trajectory together with the tokens that the policy update needs (never stored). */
export interface Rollout {
  trajectory: Trajectory;
  tokens: EpisodeTokens;
}

/** T_d: the rollouts of one task under one policy and one set of working rules. */
export interface Group {
  task: Task;
  rollouts: Rollout[];
}

/** z with its utility s (paper section on rule pools). */
export interface Rule {
  /** Stable id, `r<number>` within its pool history. */
  id: string;
  /** Pool key: the family of tasks the rule belongs to. */
  scope: string;
  /** One plain sentence. */
  text: string;
  /** Utility: ADD starts at 2, votes move it (constants in `rules/pool.ts`). */
  score: number;
  /** `active` may be retrieved; `pending` was imported and awaits a person; `disabled` was switched off;
   *  `removed` was pruned or superseded by a merge. */
  status: 'active' | 'pending' | 'disabled' | 'removed';
  /** Ids of the rules it was merged from, if any. */
  mergedFrom: string[];
  /** Iteration of its first event, and of its latest. */
  born: number;
  changed: number;
}

/** The paper's five operations (section 1.4 table). */
export type RuleEdit =
  | { op: 'ADD'; scope: string; text: string }
  | { op: 'EDIT'; id: string; text: string }
  | { op: 'UPVOTE'; id: string }
  | { op: 'DOWNVOTE'; id: string }
  | { op: 'MERGE'; ids: string[]; text: string };

/** What a person or the pool itself may do beyond the five. */
export type PoolAction =
  | RuleEdit
  | { op: 'PRUNE'; id: string; reason: 'score' | 'capacity' | 'deleted' }
  | { op: 'ENABLE'; id: string }
  | { op: 'DISABLE'; id: string }
  | { op: 'IMPORT'; scope: string; text: string; score: number; origin: string }
  /** Puts rules back to earlier values (`rules/undo.ts`); `why` says what for, `undoes` is the `seq` of the event that it takes back, or of all of them, `backTo` the iteration that it goes back to. */
  | { op: 'RESTORE'; rules: RestoredRule[]; why: string; undoes?: number | number[]; backTo?: number };

export type RestoredRule = Pick<Rule, 'id' | 'text' | 'score' | 'status'>;

/** One entry of a pool's append-only history; the pool is the fold of these. */
export interface RuleEvent {
  /** 0, 1, 2, ... without gaps. */
  seq: number;
  /** Iteration in which it happened. */
  iteration: number;
  by: 'reflector' | 'pool' | 'person' | 'import';
  action: PoolAction;
  /** Trajectories that were contrasted; empty for people and pruning. */
  trajectories: string[];
  /** One sentence: why the edit was made. */
  why: string;
  /** The `seq` of the first of several changes that a person made in one go, on each of them; absent where it was one change. */
  batch?: number;
}

/** Wall-clock seconds by phase of the loop. */
export type Phase = 'retrieve' | 'act' | 'reward' | 'advantage' | 'step' | 'edit' | 'evaluate';

/** One row per iteration. */
export interface Metrics {
  iteration: number;
  /** Share of this iteration's training episodes that were won. */
  trainSuccess: number;
  /** Mean reward of this iteration's training episodes (equals trainSuccess on AlfWorld). */
  trainReward: number;
  episodes: number;
  /** Groups whose rewards differ; only these carry a gradient. */
  mixedGroups: number;
  meanTurns: number;
  /** Tokens fed to the policy in rollouts / to the reflector / in the update. */
  rolloutTokens: number;
  reflectionTokens: number;
  updateTokens: number;
  /** Policy step; null when no group was mixed. */
  update: UpdateStats | null;
  /** Edits applied, by operation, and edits dropped as invalid. */
  edits: Record<string, number>;
  droppedEdits: number;
  activeRules: number;
  /** How much the rules in the prompts steered the policy that played, for a few episodes each. */
  absorption: Absorption[];
  seconds: Partial<Record<Phase, number>>;
  /** Fixed validation panel, when it was played after this iteration. */
  evaluation: Evaluation | null;
  /** After the last iteration: the same panel with rules on and off, adapter on and off; otherwise empty. */
  crossed: Evaluation[];
}

/** Mean over episodes of each one's mean over its actions of log pi(a | x) - log pi(a | x without the rule), in nats (`algo/absorption.ts`). */
export interface Absorption {
  /** Id of the rule. */
  rule: string;
  gain: number;
  /** Episodes and actions it was measured on. */
  episodes: number;
  actions: number;
}

export interface UpdateStats {
  loss: number;
  /** Mean over chosen tokens (of a fixed part of the sequences, where they are many) of the low-variance KL estimate between the policies before and after the step, in nats. */
  kl: number;
  /** Mean entropy of the masked distribution at the choices, in nats. */
  entropy: number;
  clipFraction: number;
  /** Mean and largest ratio pi / pi_old over the chosen tokens, each at its own optimiser step; 1 before anything changed. */
  ratio: number;
  ratioMax: number;
  /** L2 norm of the gradient before clipping, mean over optimiser steps. */
  gradNorm: number;
  /** Mean |log pi_train - log pi_sample| before the first optimiser step: do sampler and trainer agree? */
  mismatch: number;
  tokens: number;
  optimiserSteps: number;
}

/** Success on a panel. */
export interface Evaluation {
  iteration: number;
  panel: string;
  panelHash: string;
  won: number;
  n: number;
  success: number;
  /** Wilson 95 % interval. */
  ci95: [number, number];
  /** Mean reward (equals success on AlfWorld, the score on WebShop). */
  score: number;
  byType: Record<string, { won: number; n: number }>;
  rules: 'pool' | 'none';
  adapter: boolean;
  /** Reward of each task in the panel's order, so that results can be compared game by game. */
  rewards: number[];
  tokens: number;
}
