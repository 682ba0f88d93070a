/** The settings of a run as options of a command, with their symbols as the page shows them. */
import { settings, type Setting } from '../trainer/config.ts';
import type { Option } from './terminal.ts';

export const settingOptions: Record<string, Option> = Object.fromEntries(
  Object.entries(settings).map(([name, setting]: [string, Setting<string | number>]) => [
    name,
    {
      value: typeof setting.default === 'number' ? 'N' : 'NAME',
      help: `${setting.symbol ? `${setting.symbol}: ` : ''}${setting.help} (${setting.default})`,
    },
  ]),
);
