/** Counts what a step asks of WebGPU: figures that a busy machine does not change. */

export interface GpuCalls {
  dispatches: number;
  /** Buffers that the processor waited to read (or to write) through a mapping. */
  mappings: number;
}

let total: GpuCalls | null = null;

/** All calls of this process or page since the first one asked for. */
export function gpuCalls(): GpuCalls {
  if (total === null) {
    const counted: GpuCalls = (total = { dispatches: 0, mappings: 0 });
    const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
    GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...args) {
      counted.dispatches++;
      return dispatchWorkgroups.apply(this, args);
    };
    const { mapAsync } = GPUBuffer.prototype;
    GPUBuffer.prototype.mapAsync = function (...args) {
      counted.mappings++;
      return mapAsync.apply(this, args);
    };
  }
  return { ...total };
}
