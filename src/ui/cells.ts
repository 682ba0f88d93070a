/** The adapter as 24 cells: how large its factors are, block by block. Left A, right B. */
import type { AdapterState } from '../policy/policy.ts';

const BLOCKS = 12;

/** 24 sizes from 0 to 1, relative to the largest block of each factor; all 0 without an adapter or while B is still zero. */
export function adapterCells(adapter: AdapterState | undefined): number[] {
  if (!adapter) return [];
  const sizes = (suffix: string) => {
    const tensors = Object.entries(adapter.tensors).filter(([name]) => name.endsWith(suffix));
    const all = Array.from({ length: BLOCKS }, () => ({ sum: 0, n: 0 }));
    tensors.forEach(([, { data }], t) => {
      const block = all[Math.floor((t * BLOCKS) / tensors.length)] as (typeof all)[number];
      for (const value of data) block.sum += value * value;
      block.n += data.length;
    });
    // Fewer tensors than blocks: an empty block repeats its left neighbour.
    all.forEach((block, i) => i > 0 && block.n === 0 && Object.assign(block, all[i - 1]));
    const roots = all.map(({ sum, n }) => (n ? Math.sqrt(sum / n) : 0));
    const most = Math.max(...roots);
    return roots.map((root) => (most > 0 ? root / most : 0));
  };
  return [...sizes('.lora_a'), ...sizes('.lora_b')];
}
