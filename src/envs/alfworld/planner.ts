/** A winning list of commands from any state of a game, with full knowledge of where everything is. */
import type { AlfworldEnv } from './engine.ts';
import type { Game } from './game.ts';
import { Can, Is } from './game.ts';
import { putCommand } from './texts.ts';

/** The part of a state that a plan changes on its way, and the commands so far. */
class Draft {
  readonly commands: string[] = [];
  here: number;
  held: number;
  private readonly opened: Set<number>;
  private readonly game: Game;

  constructor(private readonly env: AlfworldEnv) {
    this.game = env.game;
    this.here = env.state.here;
    this.held = env.state.held;
    this.opened = new Set(env.state.opened.flatMap((open, r) => (open ? [r] : [])));
  }

  private receptacle(r: number): Game['receptacles'][number] {
    return this.game.receptacles[r] as Game['receptacles'][number];
  }

  private name(o: number): string {
    return this.game.objects[o]?.name ?? '';
  }

  goTo(r: number): this {
    const { name, location } = this.receptacle(r);
    if (location !== this.here) this.commands.push(`go to ${name}`);
    this.here = location;
    return this;
  }

  /** Goes there and makes its contents reachable. */
  reach(r: number): this {
    this.goTo(r);
    const { name, openable } = this.receptacle(r);
    if (openable && !this.opened.has(r)) this.commands.push(`open ${name}`);
    this.opened.add(r);
    return this;
  }

  take(o: number, r: number): this {
    this.reach(r).commands.push(`take ${this.name(o)} from ${this.receptacle(r).name}`);
    this.held = o;
    return this;
  }

  put(r: number): this {
    this.reach(r).commands.push(putCommand(this.env.wording, this.name(this.held), this.receptacle(r).name));
    this.held = -1;
    return this;
  }

  process(verb: string, r: number): this {
    this.goTo(r).commands.push(`${verb} ${this.name(this.held)} with ${this.receptacle(r).name}`);
    return this;
  }

  use(o: number): this {
    this.commands.push(`use ${this.name(o)}`);
    return this;
  }
}

const procedures = {
  heat: { workplace: 'microwave', done: Is.hot, able: Can.heat },
  cool: { workplace: 'fridge', done: Is.cool, able: Can.cool },
  clean: { workplace: 'sinkbasin', done: Is.clean, able: Can.clean },
} as const;

/**
 * The shortest plan of the usual shape (fetch, process, deliver) over all fitting objects and receptacles.
 * @returns [] when the goal already holds, null when no plan exists.
 */
export function plan(env: AlfworldEnv): string[] | null {
  if (env.won()) return [];
  const { game, state } = env;
  const { family, object, target } = game.goal;
  const ofKind = (kind: string): number[] => game.receptacles.flatMap((r, i) => (r.kind === kind ? [i] : []));
  const homeOf = (o: number): number => state.contents.findIndex((contents) => contents.includes(o));
  const copies = game.objects.flatMap((o, i) =>
    o.kind === object && (i === state.held || (o.can & Can.pickUp && homeOf(i) >= 0)) ? [i] : [],
  );
  let best: string[] | null = null;
  const consider = (draft: Draft | null): void => {
    if (draft && (best === null || draft.commands.length < best.length)) best = draft.commands;
  };
  /** A draft that holds object o, putting down another first; from anywhere but `not`. */
  const fetch = (o: number, draft = new Draft(env), not = -1): Draft | null => {
    if (draft.held === o) return draft;
    if (draft.held >= 0) {
      const kind = game.objects[draft.held]?.kind ?? '';
      const places = game.receptacles.flatMap((r, i) => (game.canContain[r.kind]?.includes(kind) ? [i] : []));
      const place = places.find((r) => game.receptacles[r]?.location === draft.here) ?? places[0];
      if (place === undefined) return null;
      draft.put(place);
    }
    const home = state.contents.findIndex((contents, r) => r !== not && contents.includes(o));
    return home < 0 ? null : draft.take(o, home);
  };

  if (family === 'look') {
    const lamps = game.objects.flatMap((o, i) => (o.kind === target && o.can & Can.toggle && homeOf(i) >= 0 ? [i] : []));
    for (const o of copies) {
      for (const lamp of lamps) {
        const draft = fetch(o)?.goTo(homeOf(lamp));
        if (draft && !((state.is[lamp] ?? 0) & Is.toggled)) draft.use(lamp);
        consider(draft ?? null);
      }
    }
    return best;
  }
  if (!game.canContain[target]?.includes(object)) return null;
  for (const r of ofKind(target)) {
    const contents = state.contents[r] ?? [];
    if (family === 'two') {
      const there = copies.filter((o) => contents.includes(o));
      // The held copy first; the pair (there, one more) or two fresh ones.
      const fresh = copies
        .filter((o) => !there.includes(o) || o === state.held)
        .sort((a, b) => Number(b === state.held) - Number(a === state.held));
      const missing = 2 - there.filter((o) => o !== state.held).length;
      for (const first of fresh) {
        const one = fetch(first, undefined, r)?.put(r) ?? null;
        if (missing < 2) {
          consider(one);
          continue;
        }
        for (const second of fresh) {
          if (second === first) continue;
          const both = fetch(first, undefined, r)?.put(r);
          consider(both ? (fetch(second, both, r)?.put(r) ?? null) : null);
        }
      }
      continue;
    }
    for (const o of copies) {
      if (family === 'pick') {
        consider(fetch(o)?.put(r) ?? null);
        continue;
      }
      const { workplace, done, able } = procedures[family];
      if (!((game.objects[o]?.can ?? 0) & able)) continue;
      if ((state.is[o] ?? 0) & done) consider(fetch(o)?.put(r) ?? null);
      for (const w of ofKind(workplace)) consider(fetch(o)?.process(family, w).put(r) ?? null);
    }
  }
  return best;
}
