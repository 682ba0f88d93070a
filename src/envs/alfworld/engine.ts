/** Plays one household game exactly as the original text game does, its quirks included. */
import type { Env, Observation, StepResult } from '../env.ts';
import { strip } from '../python.ts';
import type { Game, Wording } from './game.ts';
import { Can, Is } from './game.ts';
import type { Tables } from './tables.ts';
import { tablesOf } from './tables.ts';
import * as texts from './texts.ts';

/** Everything that an action can change. The inner lists are never changed in place: episodes of a game share them. */
export interface State {
  /** The agent's location. */
  here: number;
  /** Per receptacle. */
  opened: boolean[];
  /** Per receptacle: indices of the objects in it, ascending (the order of raw ids). */
  contents: number[][];
  /** Per object: the locations it lies at; may be stale for objects that started in two receptacles. */
  at: number[][];
  /** Per object: bits of `Is`. */
  is: number[];
  /** Index of the object in the agent's hands, or -1. */
  held: number;
  /** `object * receptacles + receptacle` for objects taken from there and not put back. */
  takenFrom: Set<number>;
}

const knives = new Set(['knife', 'butterknife']);
const none: number[] = [];

/** Sorts a short list by code points, faster than the general sort. */
function sortFew(list: string[]): string[] {
  for (let i = 1; i < list.length; i++) {
    const item = list[i] as string;
    let at = i;
    for (; at > 0 && (list[at - 1] as string) > item; at--) list[at] = list[at - 1] as string;
    list[at] = item;
  }
  return list;
}

/** Commands after which everything is as before. */
const onlyTells = (command: string): boolean =>
  command === 'look' || command === 'inventory' || command === 'help' || command.startsWith('examine ');

export class AlfworldEnv implements Env {
  readonly first: Observation;
  readonly state: State;
  private readonly tables: Tables;
  private admissible: string[];
  private holds: boolean;

  constructor(
    readonly game: Game,
    readonly wording: Wording = game.wording,
  ) {
    const tables = (this.tables = tablesOf(game));
    this.state = {
      here: game.start,
      opened: game.receptacles.map(() => false),
      contents: tables.contents.slice(),
      at: game.objects.map((o) => o.at),
      is: game.objects.map((o) => o.is),
      held: -1,
      takenFrom: new Set(),
    };
    let first = tables.first.get(wording);
    if (!first) {
      const atStart = tables.at(game.start).length > 0;
      const view = atStart ? this.look() : texts.middleOfRoom(game.receptacles.map((r) => r.name));
      first = { text: texts.opening(view, game.sentence), admissible: this.commands() };
      tables.first.set(wording, first);
    }
    this.first = first;
    this.admissible = first.admissible;
    this.holds = this.won();
  }

  step(action: string): StepResult {
    const command = strip(action);
    let text = texts.nothingHappens;
    if (this.admissible.includes(command)) {
      text = this.apply(command);
      if (!onlyTells(command)) {
        this.admissible = this.commands();
        this.holds = this.won();
      }
    }
    return { text, admissible: this.admissible, reward: Number(this.holds), done: this.holds, won: this.holds };
  }

  /** Does the goal hold now? Closed-world existential checks over the current state. */
  won(): boolean {
    const { game, state } = this;
    const { family, object, target } = game.goal;
    if (family === 'look') {
      if (state.held < 0 || game.objects[state.held]?.kind !== object) return false;
      return this.atReceptacles().some((r) =>
        (state.contents[r] ?? none).some((o) => {
          const lamp = game.objects[o];
          return lamp?.kind === target && (lamp.can & Can.toggle) !== 0 && ((state.is[o] ?? 0) & Is.toggled) !== 0;
        }),
      );
    }
    const needed = family === 'two' ? 2 : 1;
    for (const r of this.tables.targets) {
      let found = 0;
      for (const o of state.contents[r] ?? none) {
        const { kind, can } = game.objects[o] ?? { kind: '', can: 0 };
        if (kind !== object) continue;
        const is = state.is[o] ?? 0;
        if (family === 'clean' && !(is & Is.clean && can & Can.clean)) continue;
        if (family === 'heat' && !(is & Is.hot && can & Can.heat)) continue;
        if (family === 'cool' && !(is & Is.cool && can & Can.cool)) continue;
        if (++found >= needed) return true;
      }
    }
    return false;
  }

  private atReceptacles(): readonly number[] {
    return this.tables.at(this.state.here);
  }

  private receptacleName(r: number): string {
    return this.game.receptacles[r]?.name ?? '';
  }

  private objectName(o: number): string {
    return this.game.objects[o]?.name ?? '';
  }

  /** Its contents can be seen and reached: it has no door, or the door is open. */
  private visible(r: number): boolean {
    return !this.game.receptacles[r]?.openable || this.state.opened[r] === true;
  }

  private describe(r: number): string {
    const contents = (this.state.contents[r] ?? none).map((o) => this.objectName(o));
    const door = !this.game.receptacles[r]?.openable ? 'none' : this.state.opened[r] ? 'open' : 'closed';
    return texts.receptacle(this.receptacleName(r), door, contents);
  }

  private look(): string {
    const { game, state } = this;
    const here = this.atReceptacles();
    // Only the opening lists the room; the command finds its location variable already bound.
    if (here.length === 0) return texts.middleOfRoom([]);
    const floor: string[] = [];
    if (state.takenFrom.size > 0) {
      for (let o = 0; o < game.objects.length; o++) {
        if (!state.at[o]?.includes(state.here)) continue;
        // Once for every receptacle here that it was taken from.
        for (const r of here) if (state.takenFrom.has(o * game.receptacles.length + r)) floor.push(this.objectName(o));
      }
    }
    return texts.facing(
      here.map((r) => this.receptacleName(r)),
      floor,
    );
  }

  /** Performs an admissible command and says what happened; texts are composed after the effect. */
  private apply(command: string): string {
    const { game, state, wording } = this;
    if (command === 'look') return this.look();
    if (command === 'inventory') return texts.inventory(state.held < 0 ? null : this.objectName(state.held));
    if (command === 'help') return texts.help;
    if (command.startsWith('go to ')) {
      const r = this.receptacle(command.slice(6));
      state.here = game.receptacles[r]?.location ?? state.here;
      return texts.arrive(wording, this.receptacleName(r), state.here, this.describe(r));
    }
    const space = command.indexOf(' ');
    const verb = command.slice(0, space);
    const rest = command.slice(space + 1);
    switch (verb) {
      case 'open': {
        const r = this.receptacle(rest);
        state.opened[r] = true;
        return texts.open(rest, this.describe(r));
      }
      case 'close':
        state.opened[this.receptacle(rest)] = false;
        return texts.close(rest);
      case 'examine': {
        const r = this.tables.receptacle.get(rest);
        if (r !== undefined) return this.describe(r);
        const held = game.objects[state.held];
        return texts.object(
          rest,
          held?.can ?? 0,
          state.is[state.held] ?? 0,
          (held?.inner ?? none).map((o) => this.objectName(o)),
        );
      }
      case 'take': {
        const [name, from] = rest.split(' from ') as [string, string];
        const o = this.object(name);
        const r = this.receptacle(from);
        state.contents[r] = (state.contents[r] ?? none).filter((x) => x !== o);
        state.at[o] = (state.at[o] ?? none).filter((l) => l !== state.here);
        state.takenFrom.add(o * game.receptacles.length + r);
        state.held = o;
        return texts.take(name, from);
      }
      case 'move':
      case 'put': {
        const [name, to] = rest.split(verb === 'put' ? ' in/on ' : ' to ') as [string, string];
        const o = this.object(name);
        const r = this.receptacle(to);
        const contents = state.contents[r] ?? none;
        // It may still be listed here when it started in two receptacles.
        if (!contents.includes(o)) state.contents[r] = [...contents, o].sort((x, y) => x - y);
        if (!state.at[o]?.includes(state.here)) state.at[o] = [...(state.at[o] ?? none), state.here];
        state.takenFrom.delete(o * game.receptacles.length + r);
        state.held = -1;
        return texts.put(wording, name, to);
      }
      case 'use':
        this.mark(this.object(rest), Is.toggled);
        return texts.use(rest);
      case 'slice': {
        const [name, knife] = rest.split(' with ') as [string, string];
        this.mark(this.object(name), Is.sliced);
        return texts.slice(name, knife);
      }
      default: {
        const [name, using] = rest.split(' with ') as [string, string];
        const o = this.object(name);
        if (verb === 'clean') this.mark(o, Is.clean);
        else if (verb === 'heat') this.mark(o, Is.hot, Is.cool);
        else this.mark(o, Is.cool, Is.hot);
        return texts.process(verb, name, using);
      }
    }
  }

  private receptacle(name: string): number {
    return this.tables.receptacle.get(name) as number;
  }

  private object(name: string): number {
    return this.tables.object.get(name) as number;
  }

  private mark(o: number, on: number, off = 0): void {
    this.state.is[o] = ((this.state.is[o] ?? 0) & ~off) | on;
  }

  /** The admissible commands, sorted by code points. */
  private commands(): string[] {
    const { game, state, wording } = this;
    const before: string[] = [];
    const after: string[] = ['inventory', 'look'];
    if (wording === '0.4') after.push('help');
    const here = this.atReceptacles();
    const held = game.objects[state.held];
    if (held) before.push(`examine ${held.name}`);
    for (const r of here) {
      const { name, kind, openable } = game.receptacles[r] as { name: string; kind: string; openable: boolean };
      before.push(this.tables.examine[r] as string);
      if (openable) (state.opened[r] ? before : after).push(`${state.opened[r] ? 'close' : 'open'} ${name}`);
      const visible = this.visible(r);
      for (const o of state.contents[r] ?? none) {
        const item = game.objects[o];
        if (!item) continue;
        if (visible && !held && item.can & Can.pickUp) after.push(this.tables.take(o, r));
        if (item.can & Can.toggle && !after.includes(`use ${item.name}`)) after.push(`use ${item.name}`);
      }
      if (!held) continue;
      if (visible && this.tables.holds(kind, held.kind)) after.push(texts.putCommand(wording, held.name, name));
      if (kind === 'sinkbasin' && held.can & Can.clean) before.push(`clean ${held.name} with ${name}`);
      if (kind === 'microwave' && held.can & Can.heat) after.push(`heat ${held.name} with ${name}`);
      if (kind === 'fridge' && held.can & Can.cool) before.push(`cool ${held.name} with ${name}`);
    }
    if (held && knives.has(held.kind)) {
      game.objects.forEach((o, i) => {
        if (o.can & Can.slice && state.at[i]?.includes(state.here)) after.push(`slice ${o.name} with ${held.name}`);
      });
    }
    // "clean, close, cool, examine" < "go to" < "heat, help, inventory, look, move, open, put, slice, take, use".
    return sortFew(before).concat(this.tables.goTo(state.here), sortFew(after));
  }
}
