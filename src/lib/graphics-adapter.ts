/**
 * The graphics card that everything here is computed on, and asked about: the faster one where a machine has two. One
 * question for all, so that what a card is said to hold and to know is true of the card in use.
 */
export async function graphicsAdapter(): Promise<GPUAdapter | null> {
  return (await globalThis.navigator?.gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null;
}
