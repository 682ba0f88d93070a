/** One household game as plain data: small, JSON-serialisable, and all that an episode needs. */

/** The six kinds of task, in the order in which the benchmark's paths are matched. */
export const families = ['pick', 'two', 'look', 'heat', 'cool', 'clean'] as const;
export type Family = (typeof families)[number];

/** Texts of release 0.3 ("put X in/on Y", "You arrive at loc N.", no help) or 0.4 and later ("move X to Y"). */
export type Wording = '0.3' | '0.4';

/** What an object can undergo; bits of `GameObject.can`. */
export const Can = { pickUp: 1, clean: 2, heat: 4, cool: 8, slice: 16, toggle: 32, containObjects: 64 } as const;

/** What has happened to an object; bits of `GameObject.is` and of the engine's flags. */
export const Is = { clean: 1, hot: 2, cool: 4, sliced: 8, toggled: 16 } as const;

export interface Receptacle {
  /** Shown name, `cabinet 3`. */
  name: string;
  /** Class that canContain and goals speak of, `cabinet`. */
  kind: string;
  /** The N of `loc N`; several receptacles may share one. */
  location: number;
  openable: boolean;
}

export interface GameObject {
  name: string;
  kind: string;
  /** Bits of `Can`. */
  can: number;
  /** Bits of `Is` at the start. */
  is: number;
  /** Indices of the receptacles it starts in; some objects start in two. */
  in: number[];
  /** Locations it starts at (objectAtLocation). */
  at: number[];
  /** Indices of objects that start inside it (shown by `examine`, never updated). */
  inner: number[];
}

export interface Goal {
  family: Family;
  /** Class of the object. */
  object: string;
  /** Class of the receptacle to put it in, or of the lamp when the family is `look`. */
  target: string;
}

export interface Game {
  /** `<split>/<task>/<trial>`, or `generated/<split>/<number>`. */
  id: string;
  family: Family;
  wording: Wording;
  /** The text after "Your task is to: ", with its full stop. */
  sentence: string;
  goal: Goal;
  /** The agent's first location. */
  start: number;
  /** In the order of their raw ids, which is the order in which they are listed. */
  receptacles: Receptacle[];
  /** In the order of their raw ids; only those that a player can ever meet. */
  objects: GameObject[];
  /** Receptacle class -> object classes that may be put there. */
  canContain: Record<string, string[]>;
  /** A winning list of commands, where the file has one. */
  walkthrough: string[] | null;
}

/** The sentence without its final full stop, as `Task.goal` wants it. */
export function goalSentence(game: Game): string {
  return game.sentence.replace(/\.$/, '');
}

const pathNames: [string, Family][] = [
  ['pick_and_place', 'pick'],
  ['pick_two_obj_and_place', 'two'],
  ['look_at_obj_in_light', 'look'],
  ['pick_heat', 'heat'],
  ['pick_cool', 'cool'],
  ['pick_clean', 'clean'],
];

/** The family that a game's path names (first match, as the benchmark's metrics do), if any. */
export function familyOfPath(path: string): Family | null {
  return pathNames.find(([part]) => path.includes(part))?.[1] ?? null;
}

/** The task type's name as it stands in the benchmark's paths. */
export const taskTypes: Record<Family, string> = {
  pick: 'pick_and_place_simple',
  two: 'pick_two_obj_and_place',
  look: 'look_at_obj_in_light',
  heat: 'pick_heat_then_place_in_recep',
  cool: 'pick_cool_then_place_in_recep',
  clean: 'pick_clean_then_place_in_recep',
};
