/** Text to token ids and back: reads a Hugging Face tokenizer.json; no text, however odd, can produce a special token. */
import { Tokenizer as HfTokenizer } from '@huggingface/tokenizers';
import { UserError } from '../lib/errors.ts';

interface TokenizerJson {
  added_tokens?: { id: number; content: string }[];
  pre_tokenizer?: { type: string; pretokenizers?: { type: string; pattern?: { Regex?: string }; behavior?: string }[] };
  model?: { type?: string; vocab?: Record<string, number> };
}

/** Segments are few and come back all the time; this bounds memory when they do not. */
const cacheLimit = 100_000;

export class Tokenizer {
  readonly vocabulary: number;
  /** Ids that no text may produce. */
  readonly special: ReadonlySet<number>;
  /** All other ids, ascending: what a text may consist of. */
  readonly words: number[];
  private readonly hf: HfTokenizer;
  private readonly specialTexts: string[];
  /** Splits text into the pieces that are encoded on their own; null when the file's rule is not a plain split. */
  private readonly splitter: RegExp | null;
  private readonly cache = new Map<string, number[]>();
  private readonly endsCache = new Map<string, number[]>();

  constructor(json: unknown, config: object = {}) {
    const file = json as TokenizerJson;
    if (typeof file !== 'object' || file === null || typeof file.model?.vocab !== 'object') {
      throw new UserError('The file tokenizer.json holds no model.vocab; give a tokenizer in the Hugging Face format.');
    }
    this.hf = new HfTokenizer(json as object, config);
    const added = file.added_tokens ?? [];
    this.special = new Set(added.map((token) => token.id));
    this.specialTexts = added.map((token) => token.content).filter((text) => text.length > 1);
    this.vocabulary = 1 + Math.max(...Object.values(file.model.vocab), ...this.special);
    this.words = Array.from({ length: this.vocabulary }, (_, id) => id).filter((id) => !this.special.has(id));
    const first = file.pre_tokenizer?.pretokenizers?.[0];
    const isSplit = first?.type === 'Split' && first.behavior === 'Isolated' && first.pattern?.Regex !== undefined;
    this.splitter = isSplit ? plainSplit(first.pattern?.Regex as string) : null;
  }

  /** Token ids of a text, never a special one. */
  encode(text: string): number[] {
    const ids: number[] = [];
    const pieces = this.splitter ? text.split(this.splitter) : [text];
    for (const piece of pieces) if (piece) for (const id of this.encodePiece(piece)) ids.push(id);
    return ids;
  }

  /** Token ids of a chat template's own text, in which special tokens are meant. */
  encodeMarkup(text: string): number[] {
    for (const special of this.specialTexts) {
      const at = text.indexOf(special);
      if (at < 0) continue;
      return [...this.encodeMarkup(text.slice(0, at)), this.specialId(special), ...this.encodeMarkup(text.slice(at + special.length))];
    }
    return this.encode(text);
  }

  /** Where each token of a text ends in it, in UTF-16 units; a character that several tokens share ends with the last of them. */
  ends(text: string): readonly number[] {
    const known = this.endsCache.get(text);
    if (known) return known;
    const ids = this.encode(text);
    const ends = ids.map((_, i) => this.decode(ids.slice(0, i + 1)).replace(/\ufffd+$/, '').length);
    if (this.endsCache.size >= cacheLimit) this.endsCache.clear();
    this.endsCache.set(text, ends);
    return ends;
  }

  decode(ids: readonly number[]): string {
    // The library refuses an empty list.
    if (ids.length === 0) return '';
    return this.hf.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false });
  }

  /** Id of a special token such as `<s>`. */
  specialId(content: string): number {
    const id = this.hf.token_to_id(content);
    if (id === undefined || !this.special.has(id)) throw new UserError(`The tokenizer has no special token "${content}".`);
    return id;
  }

  private encodePiece(piece: string): number[] {
    const known = this.cache.get(piece);
    if (known) return known;
    const ids = this.withoutSpecials(piece).flatMap((part) => this.hf.encode(part, { add_special_tokens: false }).ids);
    if (this.cache.size >= cacheLimit) this.cache.clear();
    this.cache.set(piece, ids);
    return ids;
  }

  /** Cuts a text inside every occurrence of a special token's spelling, so that the library cannot recognise it. */
  private withoutSpecials(text: string): string[] {
    for (const special of this.specialTexts) {
      const at = text.indexOf(special);
      if (at >= 0) return [...this.withoutSpecials(text.slice(0, at + 1)), ...this.withoutSpecials(text.slice(at + 1))];
    }
    return text === '' ? [] : [text];
  }
}

/** The file's pattern where this engine can read it and it captures nothing of its own; else the library splits alone. */
function plainSplit(pattern: string): RegExp | null {
  try {
    const splitter = new RegExp(`(${pattern})`, 'u');
    const groups = new RegExp(`${splitter.source}|`, 'u').exec('')?.length;
    return groups === 2 ? splitter : null;
  } catch {
    return null;
  }
}
