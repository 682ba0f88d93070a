/** What the page knows about WebLLM's models without opening one. */
import { trainingBytes, type MemoryLimits } from '../policy/decoder/memory.ts';
import { parametersOf, type DecoderConfig } from '../policy/mlc/architecture.ts';
import { knownShape } from '../policy/mlc/known-shapes.ts';
import { fileSize } from '../lib/sizes.ts';
import type { ModelRecord } from '../policy/webllm/engine.ts';
import type { PlayTest, SelfTestRow } from './self-test.ts';
import { filesUrl, type Cached } from '../policy/webllm/model-files.ts';
import { contextOf } from '../policy/webllm/list.ts';

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

/** Billions of parameters of what only plays here, by size as it stands in a name. */
const billions: [RegExp, number][] = [
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
  const shape = knownShape(modelId);
  const billion = billions.find(([pattern]) => pattern.test(modelId))?.[1];
  const parameters = shape ? parametersOf(shape) : billion === undefined ? null : billion * 1e9;
  // 3 bits (ten to a word) or 4, and a share of a scale of two bytes; floats are stored by two bytes, those of q0f32 too.
  const bytes = modelId.includes('-q3') ? 0.45 : modelId.includes('-q4') ? 0.5625 : 2;
  return parameters === null ? null : parameters * bytes;
}

/** Most tokens of an episode: longer windows cost memory in both engines. */
export const mostContext = 4096;

/** Bytes that a training step takes at most beside WebLLM's own; null for a model whose shape is known neither by its name nor by its files. */
export function trainingMemory(
  record: Pick<ModelRecord, 'model_id' | 'overrides'>,
  config: DecoderConfig | null,
  limits: MemoryLimits | null,
): number | null {
  if (abilityOf(record.model_id) === 'rollouts') return null;
  const shape = config ?? knownShape(record.model_id);
  return shape && trainingBytes(shape, contextOf(record, Math.min(mostContext, config?.context ?? mostContext)), limits);
}

/** What the download of a model that is not here, or not all of it, would be. */
export function toDownload({ model_id, model }: Pick<ModelRecord, 'model_id' | 'model'>, { have, total }: Cached): string {
  const about = downloadBytes(model_id);
  const size =
    total !== null && have > 0
      ? `the other ${fileSize(total - have)} of its ${fileSize(total)}`
      : about === null
        ? 'it, of unknown size,'
        : `about ${fileSize(about)}`;
  return `${model_id} is not ${have > 0 ? 'all ' : ''}in this browser; to load it, ${size} would be downloaded from ${new URL(filesUrl(model)).host}. Nothing has been asked for yet.`;
}

/** Largest |log-ratio| in nats up to which the self-test calls the two engines one: half-precision rounding through some twenty layers. */
export const tolerance = 0.05;

/** What a row of the self-test shows: that both agree, that they do not, or nothing, because the update moved no more than they differ. */
export function verdictOf({ largest, moved }: Pick<SelfTestRow, 'largest' | 'moved'>): 'agree' | 'differ' | 'still' {
  if (!(largest <= tolerance)) return 'differ';
  return moved && !(moved.largest > 2 * largest && moved.largest > 1e-4) ? 'still' : 'agree';
}

/** Every answer was one of those allowed, was read again as it was said, and the schema was kept to. */
export const playsWell = ({ answers, allowed, largest, json }: PlayTest): boolean => allowed === answers && largest <= tolerance && json;
