/** Texts that may come gzipped: told by their first bytes, since a host may have unpacked them already. */
import { UserError } from './errors.ts';

/** @throws UserError when the file is gzipped and damaged. */
export async function textOf(blob: Blob, file: string): Promise<string> {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return blob.text();
  try {
    return await new Response(blob.stream().pipeThrough(new DecompressionStream('gzip'))).text();
  } catch {
    throw new UserError(`${file} is gzipped, but damaged, so it cannot be unpacked; fetch or export it again.`);
  }
}
