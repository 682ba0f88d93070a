/** Long work is cut into tasks, between which the browser draws and hears the person. */

/** Resolves in a later task. */
export function nextTask(): Promise<void> {
  return new Promise((done) => setTimeout(done));
}
