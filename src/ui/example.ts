/** An example episode that plays until a person trains: the expert in one of the app's own homes, replayed in a test. */
import type { Trajectory } from '../types.ts';

/** The generated training home of this number (`envs/alfworld/homes.ts`). */
export const exampleGame = 337;

const opening =
  'You are in the middle of a room. Looking quickly around you, you see a cabinet 8, a cabinet 7, a cabinet 6, a cabinet 5, a cabinet 4, a cabinet 3, a cabinet 2, a cabinet 1, a coffeemachine 1, a countertop 2, a countertop 1, a fridge 1, a garbagecan 1, a microwave 1, a sinkbasin 1, a stoveburner 4, a stoveburner 3, a stoveburner 2, a stoveburner 1, and a toaster 1.';

const turns: [action: string, observation: string][] = [
  ['go to coffeemachine 1', 'You arrive at coffeemachine 1. On the coffeemachine 1, you see nothing.'],
  ['go to fridge 1', 'You arrive at fridge 1. The fridge 1 is closed.'],
  [
    'open fridge 1',
    'You open the fridge 1. The fridge 1 is open. In it, you see a apple 1, a lettuce 1, a plate 2, a potato 3, and a tomato 3.',
  ],
  [
    'go to countertop 1',
    'You arrive at countertop 1. On the countertop 1, you see a bread 2, a butterknife 1, a dishsponge 2, a egg 1, a fork 2, a knife 1, a lettuce 2, a mug 1, a potato 2, a saltshaker 1, a soapbottle 1, and a spoon 3.',
  ],
  ['take mug 1 from countertop 1', 'You pick up the mug 1 from the countertop 1.'],
  [
    'go to fridge 1',
    'You arrive at fridge 1. The fridge 1 is open. In it, you see a apple 1, a lettuce 1, a plate 2, a potato 3, and a tomato 3.',
  ],
  ['cool mug 1 with fridge 1', 'You cool the mug 1 using the fridge 1.'],
  ['go to cabinet 8', 'You arrive at cabinet 8. The cabinet 8 is closed.'],
  ['open cabinet 8', 'You open the cabinet 8. The cabinet 8 is open. In it, you see a kettle 1, and a saltshaker 2.'],
  ['move mug 1 to cabinet 8', 'You move the mug 1 to the cabinet 8.'],
];

/** The episode after `steps` actions. */
export function exampleAfter(steps: number): Trajectory {
  const over = steps >= turns.length;
  return {
    id: 'example',
    task: { env: 'alfworld', id: `training/${exampleGame}`, family: 'cool', goal: 'put a cool mug in cabinet' },
    ruleIds: [],
    opening,
    turns: turns.slice(0, steps).map(([action, observation]) => ({ action, observation, logprob: 0 })),
    reward: Number(over),
    won: over,
    stop: over ? 'won' : 'steps',
    advantage: 0,
    tokenCount: 0,
  };
}

export const exampleLength = turns.length;
