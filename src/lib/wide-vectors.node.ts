/** Lets V8 join pairs of 128-bit WebAssembly vector operations into 256-bit ones: nearly twice the matrix speed, the same bytes. */
import { setFlagsFromString } from 'node:v8';

/** Call before the first module is compiled. Node 24 is the first that knows the flag; without AVX2 it changes nothing. */
export function useWideVectors(): void {
  if (Number(process.versions.node.split('.')[0]) >= 24) setFlagsFromString('--experimental-wasm-revectorize');
}
