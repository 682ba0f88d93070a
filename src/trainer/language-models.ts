/** What the page knows about WebLLM's models without opening one. */

/** Names of WebLLM's list end so; everything else is a folder of this page. */
export const isLanguageModel = (name: string): boolean => /-q[04]f(16|32)(_1)?-MLC(-1k)?$/.test(name);

/** Largest |log-ratio| in nats up to which the self-test calls the two engines one: half-precision rounding through some twenty layers. */
export const tolerance = 0.05;
