/** (being written) Calls. */
export interface CallOptions<P = unknown> {
  /** From the call to its answer, the wait for a connection included, ms. @default 30_000 */
  readonly timeout?: number;
  /** Cancels the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told progress, in order, before the call resolves. */
  readonly onProgress?: (progress: P) => void;
}
