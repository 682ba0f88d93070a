/** When the graphics device under an engine goes away: how that is noticed, and what is thrown then. */
import { UserError } from '../../lib/errors.ts';
import type { Pipeline } from './engine.ts';

/** The engine's weights, keys and values are gone; the model can be loaded again from the cache. */
export class EngineLost extends UserError {
  override name = 'EngineLost';
}

export const lostSentence =
  "The graphics device under WebLLM went away (often for want of memory), and with it the model's weights; choose a smaller model, or close other tabs, and load it again.";

/** Words of the errors that WebLLM and WebGPU throw on an engine whose device is gone. */
export const tellsOfLoss = (error: unknown): boolean =>
  /DeviceLost|ModelNotLoaded|device (is|was) lost|Model not loaded/i.test(
    error instanceof Error ? `${error.name} ${error.message}` : String(error),
  );

/** Calls back when the device of a pipeline is lost, but not when it is given back; does nothing where it cannot be reached. */
export function onDeviceLost(pipeline: Pipeline | null, lost: () => void): void {
  const runtime = pipeline?.tvm as { lib?: { webGPUContext?: { device?: { lost?: Promise<{ reason?: string }> } } } } | undefined;
  void runtime?.lib?.webGPUContext?.device?.lost?.then(({ reason }) => reason !== 'destroyed' && lost());
}
