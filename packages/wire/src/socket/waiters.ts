/** Callers of `writable()` that wait for room, or for the end. */

export class Waiters {
  readonly #waiting = new Set<(room: boolean) => void>();

  /** Somebody does. */
  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves to what `settle` says. @throws the signal's reason, when it is aborted first. */
  wait(signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.delete(settled);
        reject(signal!.reason);
      };
      const settled = (room: boolean) => {
        signal?.removeEventListener('abort', abort);
        resolve(room);
      };
      this.#waiting.add(settled);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  settle(room: boolean): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const settled of waiting) settled(room);
  }
}
