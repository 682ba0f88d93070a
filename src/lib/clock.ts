/** The clock port: algorithms take one, so that tests and byte-identical runs can hold time still. */
export interface Clock {
  /** Seconds since some fixed moment; monotonic. */
  seconds(): number;
  /** Milliseconds since 1970, for records that people read. */
  wall(): number;
}

export const systemClock: Clock = {
  seconds: () => performance.now() / 1000,
  wall: () => Date.now(),
};
