/** Whether a model can run on this machine's graphics device, found out before its weights are asked for. */
import { UserError } from '../../lib/errors.ts';
import { graphicsAdapter } from '../../lib/graphics-adapter.ts';
import { gigabytes, type MemoryLimits } from '../decoder/memory.ts';
import { sizeOf } from '../llama/config.ts';
import type { TensorIndex } from '../mlc/format.ts';
import type { ModelRecord } from './engine.ts';

export interface Graphics {
  /** Half precision in shaders (shader-f16). */
  half: boolean;
  /** Of a device of WebLLM's. */
  limits: MemoryLimits;
}

/** WebLLM asks for buffers of 1 GB, and where the adapter has less, for no more than WebGPU promises everywhere. */
export function engineLimits({ maxBufferSize, maxStorageBufferBindingSize }: MemoryLimits): MemoryLimits {
  const wanted = 2 ** 30;
  return {
    maxBufferSize: maxBufferSize >= wanted ? wanted : 2 ** 28,
    maxStorageBufferBindingSize: maxStorageBufferBindingSize >= wanted ? wanted : 2 ** 27,
  };
}

/** The adapter that WebLLM will take; null without WebGPU. */
export async function findGraphics(): Promise<Graphics | null> {
  const adapter = await graphicsAdapter();
  return adapter ? { half: adapter.features.has('shader-f16'), limits: engineLimits(adapter.limits) } : null;
}

/** Before anything is fetched. @throws UserError saying what the machine lacks */
export function checkAdapter({ model_id, required_features = [] }: ModelRecord, graphics: Graphics | null): asserts graphics is Graphics {
  if (!graphics) {
    throw new UserError(
      `${model_id} needs WebGPU, which this browser does not offer; use a recent Chrome, Edge or Safari, on a machine with a graphics driver. Nothing was downloaded.`,
    );
  }
  // Many records of half-precision models do not declare it, but their libraries all do.
  if (!graphics.half && (/f16/.test(model_id) || required_features.includes('shader-f16'))) {
    throw new UserError(
      `${model_id} needs half precision (shader-f16), which this graphics adapter does not have; choose a model whose name has f32. Nothing was downloaded.`,
    );
  }
}

/** Before the first shard. @throws UserError naming a weight that no buffer of WebLLM's device can hold */
export function checkBuffers({ model_id }: ModelRecord, { records }: TensorIndex, { limits }: Graphics): void {
  const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  for (const { name, shape, dtype } of records.flatMap((shard) => shard.records)) {
    // Floats that are stored by their upper half are whole on the device.
    const bytes = sizeOf(shape) * (dtype === 'float16' ? 2 : 4);
    if (bytes > most) {
      throw new UserError(
        `${model_id} has a weight of ${gigabytes(bytes)} (${name}), but WebLLM gets buffers of ${gigabytes(most)} from this graphics device; choose a smaller model, or one stored in 4 bits. Its weights were not downloaded.`,
      );
    }
  }
}
