/**
 * The advice that this project's own programs can write and demonstrate, in several wordings each.
 *
 * Pre-training shows every wording marked for training; the held-out ones are kept for measuring whether the
 * policy reads rules or only recognises strings. The contrast reflector writes the first wording.
 */

import { shopping, shoppingSteps, type ShoppingStep } from './shop-language.ts';

/** Families whose procedure goes beyond finding an object and putting it down. */
export const procedureFamilies = ['clean', 'heat', 'cool', 'two', 'look'] as const;
export type ProcedureFamily = (typeof procedureFamilies)[number];

export type Advice =
  | { kind: 'procedure'; family: ProcedureFamily }
  | { kind: 'shopping'; step: ShoppingStep }
  /** Objects of this class are often found on or in receptacles of these classes. */
  | { kind: 'where'; object: string; receptacles: string[] };

/** The three workplace procedures differ in verb, adjective and place only, and so do their sentences. */
function workplaceWordings(verb: string, adjective: string, place: string, colloquial: string): { train: string[]; heldOut: string[] } {
  return {
    train: [
      `To ${verb} an object, take it to the ${place} and ${verb} it there before you put it down.`,
      `${colloquial} the object in the ${place} first, then place it.`,
      `When the task says ${adjective}, go to the ${place} with the object, ${verb} it, and only then put it in its place.`,
      `${capital(verb)} the object with the ${place} before moving it to the target.`,
      `A ${adjective} object needs the ${place}: carry it there and ${verb} it before placing it.`,
      `Use the ${place} to ${verb} things.`,
      `If something has to be ${adjective}, go to the ${place} and ${verb} it.`,
      `Don't put it down until you have used the ${place} to ${verb} it.`,
      `For tasks that want a ${adjective} object: take, go to the ${place}, ${verb}, then place.`,
      `An object only gets ${adjective} at the ${place}, so stop there on the way.`,
      `Pick it up, ${verb} it with the ${place}, and put it where the task says.`,
      `You must ${verb} the object at the ${place} or the task will not count.`,
    ],
    heldOut: [
      `Before placing something that has to be ${adjective}, visit the ${place} and ${verb} it.`,
      `First the ${place} to ${verb} it, then the place where it belongs.`,
      `Remember that the ${place} makes things ${adjective}; go by it with what you carry.`,
    ],
  };
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const procedures: Record<ProcedureFamily, { train: string[]; heldOut: string[] }> = {
  clean: workplaceWordings('clean', 'clean', 'sinkbasin', 'Wash'),
  heat: workplaceWordings('heat', 'hot', 'microwave', 'Warm'),
  cool: workplaceWordings('cool', 'cool', 'fridge', 'Chill'),
  two: {
    train: [
      'For two objects, place the first one, then find the second one and put it in the same place.',
      'Carry one object at a time: after placing the first, go back and search for another of the same kind.',
      'When the task says two, one is not enough: bring a second object to the same receptacle.',
      'Put the first object down, then look for the second and put it in the same place.',
      'Two are needed: take one, place it, take the other, place it there too.',
      'After placing one, keep searching until you have brought two.',
      'If two things are wanted, fetch the second one after the first is placed.',
      "Don't stop after one object when the task asks for two.",
      'Tasks about two objects need two trips: one object each time, to the same place.',
      'Find one, place it, then find another one and place it there as well.',
      'You can hold only one thing, so bring the two objects one by one.',
      'The second object has to go into the same receptacle as the first.',
    ],
    heldOut: [
      'After the first object is placed, fetch another one and place it in the same receptacle.',
      'Both objects go to the same place, one after the other.',
      'A pair is asked for: when one is done, go and get its twin.',
    ],
  },
  look: {
    train: [
      'To examine an object in light, take it, carry it to the lamp and use the lamp.',
      'Hold the object and turn on the lamp.',
      'When the task names a lamp, bring the object to the lamp and use the lamp while you hold the object.',
      'Take the object first, then go to the lamp and use it.',
      'Looking under a lamp means: object in hand, at the lamp, use the lamp.',
      'Use the lamp while you are holding the object.',
      'Bring the thing to where the lamp is and use the lamp.',
      'If you have to examine something with a lamp, pick it up, find the lamp, and use it.',
    ],
    heldOut: [
      'Bring the object to the lamp and switch the lamp on.',
      'With the object in your hand, go where the lamp stands and use it.',
      'The lamp has to be lit while you carry the object.',
    ],
  },
};

const whereWordings = {
  train: [
    (o: string, r: string) => `Look for the ${o} on the ${r} first.`,
    (o: string, r: string) => `The ${o} is often on the ${r}.`,
    (o: string, r: string) => `Search the ${r} when you need a ${o}.`,
    (o: string, r: string) => `You can usually find a ${o} in the ${r}.`,
    (o: string, r: string) => `Start at the ${r} to find the ${o}.`,
    (o: string, r: string) => `If you need a ${o}, check the ${r}.`,
    (o: string, r: string) => `Go to the ${r} for the ${o}.`,
    (o: string, r: string) => `There is a ${o} in the ${r}.`,
  ],
  heldOut: [
    (o: string, r: string) => `Try the ${r} first if the task needs a ${o}.`,
    (o: string, r: string) => `A ${o} tends to lie on the ${r}.`,
  ],
};

/** Advice that is wrong: a workplace procedure that names another workplace. It says nothing that `understand` knows. */
export function misleadingWordings(family: 'clean' | 'heat' | 'cool', place: string): string[] {
  const adjective = { clean: 'clean', heat: 'hot', cool: 'cool' }[family];
  return workplaceWordings(family, adjective, place, 'Put').train;
}

/** Every wording of an advice, one sentence each. */
export function wordings(advice: Advice, set: 'train' | 'heldOut' = 'train'): string[] {
  if (advice.kind === 'procedure') return procedures[advice.family][set];
  if (advice.kind === 'shopping') return shopping[advice.step][set];
  return whereWordings[set].map((say) => say(advice.object, advice.receptacles.join(' or the ')));
}

/** The sentence a program writes for an advice. */
export function say(advice: Advice): string {
  return wordings(advice)[0] as string;
}

const fixed: Advice[] = [
  ...procedureFamilies.map((family): Advice => ({ kind: 'procedure', family })),
  ...shoppingSteps.map((step): Advice => ({ kind: 'shopping', step })),
];
const adviceOf = new Map(
  fixed.flatMap((advice) => [...wordings(advice), ...wordings(advice, 'heldOut')].map((text) => [text, advice] as const)),
);

/** One pattern per wording of `where`, made from the wording itself so that the two cannot drift apart. */
const wherePatterns = [...whereWordings.train, ...whereWordings.heldOut].map((wording) => {
  const escaped = wording('OBJECT', 'RECEPTACLES').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `^${escaped.replace('OBJECT', '(?<object>[a-z]+)').replace('RECEPTACLES', '(?<receptacles>[a-z]+(?: or the [a-z]+)*)')}$`,
  );
});

/** The advice a sentence gives, when it is one of the known wordings; a person's own sentence gives null. */
export function understand(text: string): Advice | null {
  const known = adviceOf.get(text);
  if (known) return known;
  for (const pattern of wherePatterns) {
    const found = pattern.exec(text)?.groups;
    if (found) return { kind: 'where', object: found.object as string, receptacles: (found.receptacles as string).split(' or the ') };
  }
  return null;
}

/** Equal keys mean that two pieces of advice are about the same thing (and should be one rule). */
export function topic(advice: Advice): string {
  if (advice.kind === 'procedure') return `procedure ${advice.family}`;
  return advice.kind === 'shopping' ? `shopping ${advice.step}` : `where ${advice.object}`;
}
