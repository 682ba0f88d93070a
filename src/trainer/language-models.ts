/** What the page knows about WebLLM's models without opening one. */

/** Names of WebLLM's list end so; everything else is a folder of this page. */
export const isLanguageModel = (name: string): boolean => /-q\d\w*-MLC(-\w+)?$/.test(name);

/** Families whose forward pass the trainer has, by the names that WebLLM gives their models. */
const families = /^(SmolLM2|TinyLlama|Llama-3|Hermes-2-(Pro|Theta)-Llama|Hermes-3-Llama|DeepSeek-R1-Distill|Qwen2|Qwen3-)/;

/** What a model can do here: learn by LoRA, or by what of a 4-bit model is stored as floats, or play and write rules only. */
export type Ability = 'lora' | 'scales' | 'rollouts';

/** By a model's name. */
export function abilityOf(modelId: string): Ability {
  if (!families.test(modelId) || !/-q[04]f(16|32)(_1)?-MLC(-1k)?$/.test(modelId)) return 'rollouts';
  return modelId.includes('-q0') ? 'lora' : 'scales';
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
  [/^Llama-2-7b/, 6.738],
  [/^Llama-2-13b/, 13.016],
  [/^Llama-3(\.1)?-70B/, 70.554],
  [/Mistral-7B|^WizardMath-7B/, 7.248],
  [/^phi-1_5/, 1.418],
  [/^phi-2/, 2.78],
  [/^Phi-3(\.5)?-mini/, 3.821],
  [/^Phi-3\.5-vision/, 4.147],
  [/^Phi-4-mini/, 3.836],
  [/^gemma-2-2b/, 2.614],
  [/^gemma-2-9b/, 9.242],
  [/^gemma-2b/, 2.506],
  [/^gemma3-1b/, 1],
  [/^OLMo-2-0425-1B/, 1.485],
  [/^OLMo-2-1124-7B/, 7.299],
  [/^stablelm-2/, 1.645],
  [/^RedPajama-INCITE-Chat-3B/, 2.776],
];

/** About how many bytes of weights are downloaded; null when the name does not tell. */
export function downloadBytes(modelId: string): number | null {
  const size = billions.find(([pattern]) => pattern.test(modelId))?.[1];
  // 3 bits (ten to a word) or 4, and a share of a scale of two bytes; floats are stored by two bytes, those of q0f32 too.
  const bytes = modelId.includes('-q3') ? 0.45 : modelId.includes('-q4') ? 0.5625 : 2;
  return size === undefined ? null : size * 1e9 * bytes;
}

/** Largest |log-ratio| in nats up to which the self-test calls the two engines one: half-precision rounding through some twenty layers. */
export const tolerance = 0.05;
