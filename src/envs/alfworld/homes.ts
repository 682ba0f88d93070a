/** The homes that come with the app: everyone's results on generated homes are measured in the same ones. */
import type { GeneratorOptions } from './generator.ts';

export const appHomes: GeneratorOptions = { seed: 1 };
