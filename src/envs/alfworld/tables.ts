/** What all episodes of one game share: look-ups, the state at the start, and command texts, each made once. */
import type { Observation } from '../env.ts';
import type { Game, Wording } from './game.ts';
import * as texts from './texts.ts';

export class Tables {
  readonly receptacle: ReadonlyMap<string, number>;
  readonly object: ReadonlyMap<string, number>;
  /** Per receptacle: the objects in it at the start, ascending (the order of raw ids). */
  readonly contents: number[][];
  /** Receptacles of the class that the goal names. */
  readonly targets: readonly number[];
  /** Per receptacle: `examine R`. */
  readonly examine: readonly string[];
  /** The opening, per wording, once an episode has made it. */
  readonly first = new Map<Wording, Observation>();
  /** Location -> receptacles that stand there. */
  private readonly standing: (number[] | undefined)[] = [];
  private readonly canContain: ReadonlyMap<string, ReadonlySet<string>>;
  /** Location -> sorted `go to` commands. */
  private readonly goTos: (string[] | undefined)[] = [];
  /** `take O from R` at `o * receptacles + r`. */
  private readonly takes: (string | undefined)[] = [];

  constructor(private readonly game: Game) {
    const { receptacles, objects } = game;
    this.receptacle = new Map(receptacles.map((r, i) => [r.name, i]));
    this.object = new Map(objects.map((o, i) => [o.name, i]));
    this.contents = receptacles.map(() => []);
    objects.forEach((o, i) => o.in.forEach((r) => this.contents[r]?.push(i)));
    this.targets = receptacles.flatMap((r, i) => (r.kind === game.goal.target ? [i] : []));
    this.examine = receptacles.map((r) => `examine ${r.name}`);
    receptacles.forEach((r, i) => (this.standing[r.location] ??= []).push(i));
    this.canContain = new Map(Object.entries(game.canContain).map(([r, kinds]) => [r, new Set(kinds)]));
  }

  at(location: number): readonly number[] {
    return this.standing[location] ?? [];
  }

  holds(receptacleKind: string, objectKind: string): boolean {
    return this.canContain.get(receptacleKind)?.has(objectKind) === true;
  }

  take(o: number, r: number): string {
    const { objects, receptacles } = this.game;
    return (this.takes[o * receptacles.length + r] ??= texts.takeCommand(objects[o]?.name ?? '', receptacles[r]?.name ?? ''));
  }

  goTo(from: number): readonly string[] {
    return (this.goTos[from] ??= this.game.receptacles
      .filter((r) => r.location !== from)
      .map((r) => `go to ${r.name}`)
      .sort());
  }
}

const known = new WeakMap<Game, Tables>();

export function tablesOf(game: Game): Tables {
  let tables = known.get(game);
  if (!tables) known.set(game, (tables = new Tables(game)));
  return tables;
}
