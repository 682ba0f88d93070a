/** The settings of the next run: read from the address, kept in step with it, told when a value was changed. */
import { defaultConfig, readConfig, settings, type RunConfig, type Setting } from '../trainer/config.ts';

export type SettingName = keyof RunConfig;
export const settingNames = Object.keys(settings) as SettingName[];

export function settingOf(name: SettingName): Setting<string | number> {
  return settings[name];
}

class Settings {
  config = $state<RunConfig>({ ...defaultConfig });
  /** What the address asked for and did not get, one sentence each. */
  notes = $state.raw<string[]>([]);
  /** The address named at least one setting. */
  readonly given: boolean;

  constructor() {
    const query = new URLSearchParams(location.search);
    this.given = settingNames.some((name) => query.has(name));
    const { config, notes } = readConfig(Object.fromEntries(query));
    this.config = config;
    this.notes = notes;
    if (notes.length) this.write();
  }

  get changed(): SettingName[] {
    return settingNames.filter((name) => this.config[name] !== defaultConfig[name]);
  }

  /** One setting from a control's text. */
  set(name: SettingName, text: string): void {
    const { config, notes } = readConfig({ [name]: text });
    this.config = { ...this.config, [name]: config[name] };
    this.notes = notes;
    this.write();
  }

  /** All settings at once, for example those of a stored run. */
  use(config: RunConfig): void {
    this.config = { ...config };
    this.notes = [];
    this.write();
  }

  private write(): void {
    const query = new URLSearchParams(location.search);
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
  if (name === 'method') return String(value).toUpperCase();
  if (name === 'env') return value === 'alfworld' ? 'AlfWorld' : 'WebShop';
  return String(value);
}
