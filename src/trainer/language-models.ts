/** Which names of models are WebLLM's. */

/** Names of WebLLM's list end so; everything else is a folder of this page. */
export const isLanguageModel = (name: string): boolean => /-q[04]f(16|32)(_1)?-MLC(-1k)?$/.test(name);
