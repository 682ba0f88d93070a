/** The made-up shop of the app; everyone's generated results are measured in the same one. */
import type { GeneratorOptions } from './generator.ts';

export const appShop: GeneratorOptions = { seed: 1, products: 2000 };
