/** (being written) Procedures. */
/** What a handler is told beside its input. */
export interface Invocation {
  /** Aborted when the caller cancels, or the session ends. */
  readonly signal: AbortSignal;
  /** Tells the caller progress, if it asked for it; else nothing happens. */
  progress(value: unknown): void;
  /** The caller's session, user and role, where the hub discloses them. */
  readonly caller?: { readonly session: number; readonly user?: string; readonly role?: string };
}

export interface Registration {
  /** Answers no more calls. */
  unregister(): void;
}
