/** Registers every kernel of this folder for a backend. */
import { registerAdamWWebGpu } from './adamw.ts';
import { registerAllowedShareWebGpu } from './allowed-share.ts';
import { registerAttentionWasm } from './attention.ts';
import { registerAttentionWebGpu } from './attention-webgpu.ts';
import { registerCachedAttentionWebGpu } from './cached-attention.ts';
import { registerChoicesWasm, registerChoicesWebGpu } from './choices.ts';
import { registerCrossEntropyWasm, registerCrossEntropyWebGpu } from './cross-entropy.ts';
import { registerKeepRowsWebGpu } from './keep-rows.ts';
import { registerLoraLinearWasm, registerLoraLinearWebGpu } from './lora-linear.ts';
import { registerRmsNormWasm, registerRmsNormWebGpu } from './rms-norm.ts';
import { registerRopeWasm, registerRopeWebGpu } from './rope.ts';
import { registerSwigluWasm, registerSwigluWebGpu } from './swiglu.ts';
import { registerTakeRowsWebGpu } from './take-rows.ts';
import type { WasmHeap } from './wasm-heap.ts';
import { registerMatMul } from './wasm-matmul.ts';
import { registerSmallMatMulWebGpu } from './webgpu-matmul.ts';

export function registerWasmKernels(heap: WasmHeap): void {
  registerMatMul(heap);
  registerRmsNormWasm(heap);
  registerSwigluWasm(heap);
  registerRopeWasm(heap);
  registerAttentionWasm(heap);
  registerCrossEntropyWasm(heap);
  registerChoicesWasm(heap);
  registerLoraLinearWasm(heap);
}

export function registerWebGpuKernels(): void {
  registerSmallMatMulWebGpu();
  registerKeepRowsWebGpu();
  registerTakeRowsWebGpu();
  registerCachedAttentionWebGpu();
  registerAllowedShareWebGpu();
  registerAdamWWebGpu();
  registerRmsNormWebGpu();
  registerSwigluWebGpu();
  registerRopeWebGpu();
  registerAttentionWebGpu();
  registerCrossEntropyWebGpu();
  registerChoicesWebGpu();
  registerLoraLinearWebGpu();
}
