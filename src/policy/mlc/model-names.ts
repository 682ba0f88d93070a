/** What MLC's compiled models are called on Hugging Face, where they come from. */

const owners: [RegExp, string][] = [
  [/^SmolLM2-/, 'HuggingFaceTB'],
  [/^Qwen[\d.]*-/, 'Qwen'],
  [/^TinyLlama-/, 'TinyLlama'],
  [/^Llama-/, 'meta-llama'],
];

/** `Qwen2.5-0.5B-Instruct-q0f16-MLC` -> `Qwen/Qwen2.5-0.5B-Instruct`; other names stay as they are. */
export function huggingFaceName(modelId: string): string {
  const plain = modelId.replace(/-q[04]f(16|32)(_1)?-MLC(-1k)?$/, '');
  const owner = plain === modelId ? undefined : owners.find(([pattern]) => pattern.test(plain))?.[1];
  return owner === undefined ? modelId : `${owner}/${plain}`;
}
