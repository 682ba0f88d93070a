/** Where the page's bundler has put tfjs's WebAssembly. */
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';

/** tfjs wants all three addresses; only the binary with SIMD and without threads is ever asked for. */
export const wasmUrls = {
  'tfjs-backend-wasm.wasm': simdUrl,
  'tfjs-backend-wasm-simd.wasm': simdUrl,
  'tfjs-backend-wasm-threaded-simd.wasm': simdUrl,
};
