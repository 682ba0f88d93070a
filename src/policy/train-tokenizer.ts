/** Trains our byte-level BPE: words first, then phrases such as ". On the"; digits and newlines stay on their own. */

export interface TokenizerTraining {
  /** Tokens in all: 3 specials, 256 bytes, the rest merges. */
  vocabulary?: number;
  /** Longest token in characters; keeps whole sentences from becoming one token. */
  longest?: number;
  /** Share of the merges that builds words; the others join words into phrases. */
  wordShare?: number;
  /** Words are joined when at least this share of either one's occurrences is in the pair, so names stay apart from "the". */
  glue?: number;
}

export const specialTokens = ['<pad>', '<s>', '</s>'];

/** Isolated pieces; no merge crosses their borders. `<` stands alone so that no special token can be
 * spelled, `>` (where the agent speaks) so that a text has the same tokens however it is cut there. */
const isolated = ' ?[0-9]|\\n|<|>';
const wordPattern = / ?[A-Za-z']+| ?[^A-Za-z' ]+| +/g;

/** GPT-2's printable stand-ins for the 256 bytes, as the ByteLevel pre-tokenizer of the file format defines them. */
function byteAlphabet(): string[] {
  const out: string[] = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    out.push(String.fromCharCode(printable ? byte : next++));
  }
  return out;
}

/** How often each distinct piece occurs, in order of first appearance. */
function countPieces(texts: Iterable<string>): Map<string, number> {
  const splitter = new RegExp(`(${isolated})`);
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const piece of text.split(splitter)) if (piece) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return counts;
}

interface Sequence {
  tokens: number[];
  count: number;
}

/** Splits two tokens that follow each other into one number. */
const pairKey = (a: number, b: number): number => a * 65536 + b;

function countPairs(sequences: Sequence[]): { pairs: Map<number, number>; singles: Map<number, number> } {
  const pairs = new Map<number, number>();
  const singles = new Map<number, number>();
  for (const { tokens, count } of sequences) {
    for (let i = 0; i < tokens.length; i++) {
      const a = tokens[i] as number;
      if (a < 0) continue;
      singles.set(a, (singles.get(a) ?? 0) + count);
      const b = tokens[i + 1];
      if (b !== undefined && b >= 0) pairs.set(pairKey(a, b), (pairs.get(pairKey(a, b)) ?? 0) + count);
    }
  }
  return { pairs, singles };
}

function applyMerge(tokens: number[], a: number, b: number, merged: number): number[] {
  if (!tokens.includes(a)) return tokens;
  const out: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === a && tokens[i + 1] === b) {
      out.push(merged);
      i++;
    } else out.push(tokens[i] as number);
  }
  return out;
}

/** Texts in, tokenizer.json (Hugging Face format, as an object) out; the same texts give the same file. */
export function trainTokenizer(texts: Iterable<string>, options: TokenizerTraining = {}): object {
  const { vocabulary = 768, longest = 20, wordShare = 0.7, glue = 0.3 } = options;
  const alphabet = byteAlphabet();
  /** Spelling in the byte alphabet of every token after the specials. */
  const names = [...alphabet];
  const lengths = names.map(() => 1);
  const merges: [string, string][] = [];
  const room = vocabulary - specialTokens.length - alphabet.length;
  const encoder = new TextEncoder();
  const pieces = [...countPieces(texts)];

  /** Merges the most frequent pair until `limit` merges exist or no allowed pair occurs twice. */
  const grow = (sequences: Sequence[], limit: number, minimum: number): void => {
    while (merges.length < limit) {
      const { pairs, singles } = countPairs(sequences);
      let best = -1;
      let bestCount = 1;
      for (const [key, count] of pairs) {
        if (count < bestCount || (count === bestCount && best >= 0 && key >= best)) continue;
        const a = Math.floor(key / 65536);
        const b = key % 65536;
        if ((lengths[a] as number) + (lengths[b] as number) > longest) continue;
        if (count < minimum * (singles.get(a) as number) || count < minimum * (singles.get(b) as number)) continue;
        best = key;
        bestCount = count;
      }
      if (best < 0 || bestCount < 2) return;
      const a = Math.floor(best / 65536);
      const b = best % 65536;
      const merged = names.push((names[a] as string) + (names[b] as string)) - 1;
      lengths.push((lengths[a] as number) + (lengths[b] as number));
      merges.push([names[a] as string, names[b] as string]);
      for (const sequence of sequences) sequence.tokens = applyMerge(sequence.tokens, a, b, merged);
    }
  };

  const words = new Map<string, Sequence>();
  for (const [piece, count] of pieces) {
    for (const word of piece.match(wordPattern) ?? []) {
      const known = words.get(word);
      if (known) known.count += count;
      else words.set(word, { tokens: [...encoder.encode(word)], count });
    }
  }
  grow([...words.values()], Math.round(room * wordShare), 0);

  // Words that are one token by now may be joined; -1 stands for the others and joins with nothing.
  const phrases = pieces.map(([piece, count]) => ({
    count,
    tokens: (piece.match(wordPattern) ?? []).map((word) => {
      const tokens = words.get(word)?.tokens ?? [];
      return tokens.length === 1 ? (tokens[0] as number) : -1;
    }),
  }));
  grow(phrases, room, glue);

  const spellings = [...specialTokens, ...names];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: isolated }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(spellings.map((text, id) => [text, id])),
      merges,
    },
  };
}
