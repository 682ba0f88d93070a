/** The settings of the next run: read from the address, kept in step with it, told when a value was changed. */
import { defaultConfig, readConfig, settings, type RunConfig, type Setting } from '../trainer/config.ts';
import { fittingMethod, weightlessMethods } from '../trainer/frozen.ts';
import { presetNamed, presets, type Preset } from '../trainer/presets.ts';
import { askedFor } from './asked.ts';
import { hidden } from './hidden.ts';
import { environmentNames, methodNames, told } from './text.ts';

export type SettingName = keyof RunConfig;
export const settingNames = Object.keys(settings) as SettingName[];

export function settingOf(name: SettingName): Setting<string | number> {
  return settings[name];
}

function texts(values: Partial<RunConfig>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

class Settings {
  config = $state<RunConfig>({ ...defaultConfig });
  /** What the address asked for and did not get, one sentence each. */
  notes = $state.raw<{ name: SettingName | null; text: string }[]>([]);
  /** The address named at least one setting. */
  given = $state(false);
  /** Chosen by a person for the next run: no run that is looked at takes their place until they were used. */
  own = $state(false);

  constructor() {
    this.readAddress();
  }

  /** What the address asks for, as when the page is opened with it. */
  readAddress(): void {
    const query = new URLSearchParams(location.search);
    const asked = query.get('preset');
    const preset = presetNamed(asked);
    this.given = preset !== undefined || settingNames.some((name) => query.has(name));
    const { config, notes } = readConfig({ ...texts(preset?.values ?? {}), ...Object.fromEntries(query) });
    // Before a model is loaded, the method has to be one that it can run.
    const { model } = askedFor(query);
    const method = fittingMethod(model, config.method);
    if (method !== config.method)
      notes.push({ name: 'method', text: told.methodUnfit(model, config.method, method, weightlessMethods.join(', ')) });
    this.config = { ...config, method };
    this.notes = notes;
    this.own = false;
    if (asked !== null && !preset)
      this.notes = [...notes, { name: null, text: told.unknownPreset(asked, presets.map(({ name }) => name).join(', ')) }];
    if (notes.length || preset) this.write();
  }

  /** Settings that are not at their default and can be put back: what a link fixed cannot. */
  get changed(): SettingName[] {
    return settingNames.filter((name) => !hidden.has(name) && this.config[name] !== defaultConfig[name]);
  }

  /** Settings that a link fixed. */
  readonly fixed: readonly SettingName[] = settingNames.filter((name) => hidden.has(name));

  /** One setting from a control's text; what a link fixed stays. */
  set(name: SettingName, text: string): void {
    if (hidden.has(name)) return;
    const { config, notes } = readConfig({ [name]: text });
    this.config = { ...this.config, [name]: config[name] };
    this.notes = [...this.notes.filter((note) => note.name !== name), ...notes];
    this.own = true;
    this.write();
  }

  /** A note that was read. */
  dismiss(text: string): void {
    this.notes = this.notes.filter((note) => note.text !== text);
  }

  /** All settings at once, for example those of a stored run; what a link hid stays as the link set it. */
  use(config: RunConfig): void {
    this.config = { ...config, ...this.locked() };
    // A note on a value that is used no more is moot; that an experiment was not found is still to be read.
    this.notes = this.notes.filter(({ name }) => name === null);
    this.own = false;
    this.write();
  }

  /** A preset on top of the defaults. */
  usePreset({ values }: Preset): void {
    this.use({ ...defaultConfig, ...values, seed: this.config.seed });
    this.notes = [];
    this.own = true;
  }

  /** Every setting back to its default. */
  reset(): void {
    this.use(defaultConfig);
    this.own = true;
  }

  private locked(): Partial<RunConfig> {
    return Object.fromEntries(this.fixed.map((name) => [name, this.config[name]]));
  }

  private write(): void {
    const query = new URLSearchParams(location.search);
    query.delete('preset');
    for (const name of settingNames) {
      if (this.config[name] === defaultConfig[name]) query.delete(name);
      else query.set(name, String(this.config[name]));
    }
    const text = query.toString();
    history.replaceState(null, '', `${location.pathname}${text ? `?${text}` : ''}${location.hash}`);
  }
}

export const chosen = new Settings();

export function sameConfig(a: RunConfig, b: RunConfig): boolean {
  return settingNames.every((name) => a[name] === b[name]);
}

/** What a person sees of a value: the method's name in capitals, and so on. */
export function shown(name: SettingName, value: string | number): string {
  if (name === 'method') return methodNames[String(value)] ?? String(value);
  if (name === 'env') return environmentNames[String(value)] ?? String(value);
  return String(value);
}

/** An address that holds every setting and the seed, so that it means the same when the defaults change. */
export function wholeAddress(config: RunConfig, more: Record<string, string> = {}): string {
  const query = new URLSearchParams(location.search);
  for (const key of [...query.keys()]) if (key in config || key.endsWith('_hide') || key === 'preset') query.delete(key);
  for (const [name, value] of Object.entries({ ...config, ...more })) query.set(name, String(value));
  return `${location.origin}${location.pathname}?${query}`;
}
