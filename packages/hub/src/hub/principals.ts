/** Users with sessions: what is held against one is held against all of their sessions, and outlives each. */
import { Buckets } from './rate-limit.ts';
import type { Session } from './session.ts';
import type { Admission } from './user.ts';

/** A user, or somebody unknown: then there is one for each session. */
export class Principal {
  readonly sessions: Set<Session> = new Set();
  readonly buckets: Buckets = new Buckets();
}

export class Principals {
  readonly #byUser = new Map<string, Principal>();
  /** When a user's credentials were revoked, ms since 1970; the oldest first. */
  readonly #revoked = new Map<string, number>();
  readonly #maxRevoked: number;

  constructor(maxRevoked: number) {
    this.#maxRevoked = maxRevoked;
  }

  of(userId: string | undefined): Principal {
    if (userId === undefined) return new Principal();
    let principal = this.#byUser.get(userId);
    if (principal === undefined) this.#byUser.set(userId, (principal = new Principal()));
    return principal;
  }

  sessionsOf(userId: string): readonly Session[] {
    return [...(this.#byUser.get(userId)?.sessions ?? [])];
  }

  revoke(userId: string, date: number): void {
    this.#revoked.delete(userId);
    this.#revoked.set(userId, date);
    if (this.#revoked.size <= this.#maxRevoked) return;
    for (const oldest of this.#revoked.keys()) {
      this.#revoked.delete(oldest);
      return;
    }
  }

  /** Whether these credentials were made before their user's were revoked. */
  isRevoked({ user, issued }: Admission): boolean {
    const date = this.#revoked.get(user.id);
    return date !== undefined && issued !== undefined && issued <= date;
  }

  /** Forgets users without sessions against whom nothing is held any more. */
  sweep(now: number): void {
    for (const [userId, { sessions, buckets }] of this.#byUser) {
      if (sessions.size === 0 && buckets.areFull(now)) this.#byUser.delete(userId);
    }
  }
}
