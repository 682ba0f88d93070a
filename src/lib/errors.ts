/** An error whose message is a sentence for the person: it names the bad value and the way out. */
export class UserError extends Error {
  override name = 'UserError';
}

/** What was computed is not as it should be: a command that checks it ends with this sentence and exit code 1. */
export class CheckFailed extends Error {
  override name = 'CheckFailed';
}

/** The sentence to show for anything that was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
