/** What the train bench compares: one training step of the same model on the same batch. */

/** B sequences of T tokens, [B T] each, and the token after each. */
export interface PeerBatch {
  ids: Int32Array;
  targets: Int32Array;
  batch: number;
  time: number;
}

export interface Peer {
  /** Forward, backward and AdamW; resolves with the mean loss before the update. */
  step(): Promise<number>;
  close(): void;
}
