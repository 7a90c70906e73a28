/**
 * What a peer did against WAMP, as a value: `parse` and `parseMessage` return it and never throw on what a peer sent.
 *
 * Rule of this file: the sentence is written for the peer's author (it goes into ABORT.Details.message), so it names the
 * element and what it must be, and never repeats content that the peer sent.
 */

/** A broken rule; the session answers it with ABORT `wamp.error.protocol_violation` (Basic Profile, "Protocol errors"). */
export class Violation {
  /** One sentence without a full stop: what was wrong. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
