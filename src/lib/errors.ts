/** An error whose message is a sentence for the person: it names the bad value and the way out. */
export class UserError extends Error {
  override name = 'UserError';
}

/** The sentence to show for anything that was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
