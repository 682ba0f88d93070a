/** What the small files of a model must hold, looked at before they are kept and when they are found. */
import { isIndex } from '../mlc/index-file.ts';

/** What is wrong with a JSON file that must hold something; null when nothing is. */
const json =
  (what: string, holds: (value: unknown) => boolean) =>
  (bytes: Uint8Array): string | null => {
    try {
      return holds(JSON.parse(new TextDecoder().decode(bytes))) ? null : `it is no ${what}`;
    } catch {
      return 'it is not JSON';
    }
  };
const holdsObject = (field: string) => (value: unknown) => {
  const inside = (value as Record<string, unknown> | null)?.[field];
  return typeof inside === 'object' && inside !== null;
};
export const notIndex = json('list of shards', isIndex);
export const notConfig = json("model's configuration", holdsObject('model_config'));
export const notTokenizer = json('tokenizer', holdsObject('model'));
