/** What the page knows about WebLLM's models without opening one. */

/** Names of WebLLM's list end so; everything else is a folder of this page. */
export const isLanguageModel = (name: string): boolean => /-q\d\w*-MLC(-\w+)?$/.test(name);

/** Families whose forward pass the trainer has, by the names that WebLLM gives their models. */
const families = /^(SmolLM2|TinyLlama|Llama-3|Hermes-2-(Pro|Theta)-Llama|Hermes-3-Llama|DeepSeek-R1-Distill|Qwen2|Qwen3-)/;

/** What can be trained of a model, by its name; null when nothing can. */
export function trainsAs(modelId: string): 'LoRA' | 'scales, biases and norms' | null {
  if (!families.test(modelId) || !/-q[04]f(16|32)(_1)?-MLC(-1k)?$/.test(modelId)) return null;
  return modelId.includes('-q0') ? 'LoRA' : 'scales, biases and norms';
}

/** Billions of parameters, by size as it stands in a name; all models of a size have the same shape within a family. */
const billions: [RegExp, number][] = [
  [/^SmolLM2-135M/, 0.1345],
  [/^SmolLM2-360M/, 0.3618],
  [/^SmolLM2-1\.7B/, 1.711],
  [/^TinyLlama-1\.1B/, 1.1],
  [/^Llama-3\.2-1B/, 1.236],
  [/Llama-3\.2-3B/, 3.213],
  [/Llama(-3(\.1)?)?-8B/, 8.03],
  [/^Qwen2(\.5)?-(\w+-)?0\.5B/, 0.494],
  [/^Qwen2(\.5)?-(\w+-)?1\.5B/, 1.544],
  [/^Qwen2(\.5)?-(\w+-)?3B/, 3.086],
  [/Qwen(2(\.5)?-(\w+-)?|-)7B/, 7.616],
  [/^Qwen3-0\.6B/, 0.596],
  [/^Qwen3-1\.7B/, 1.721],
  [/^Qwen3-4B/, 4.022],
  [/^Qwen3-8B/, 8.191],
];

/** About how many bytes of weights are downloaded; null when the name does not tell. */
export function downloadBytes(modelId: string): number | null {
  const size = billions.find(([pattern]) => pattern.test(modelId))?.[1];
  // 4 bits and a sixteenth of a scale of two bytes; floats are stored by two bytes, those of q0f32 too.
  return size === undefined ? null : size * 1e9 * (modelId.includes('-q4') ? 0.5625 : 2);
}

/** Largest |log-ratio| in nats up to which the self-test calls the two engines one: half-precision rounding through some twenty layers. */
export const tolerance = 0.05;
