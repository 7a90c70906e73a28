/** Who a session belongs to, and how that is found out. */
import type { UpgradeRequest } from 'tidewire';

/** Somebody who is signed in. */
export interface User {
  /** Tells users apart: a WAMP `authid`. At most 256 characters. */
  readonly id: string;
  /** A WAMP `authrole`. @default 'user' */
  readonly role?: string;
  /** Whatever else the authenticator knows. */
  readonly [claim: string]: unknown;
}

/** What somebody shows to be let in. */
export interface Credentials {
  /** A token, a ticket: whatever the user's application hands out. */
  readonly token?: string;
  /** Who they say they are, where the protocol has it. */
  readonly authid?: string;
  /** The opening handshake, where there is one. */
  readonly request?: UpgradeRequest<any>;
}

export interface Admission {
  /** Who it is. */
  readonly user: User;
  /** When the session ends unless it is renewed, ms since 1970. @default never */
  readonly expires?: number;
  /** When the credentials were made, ms since 1970; `revoke` refuses older ones. */
  readonly issued?: number;
}

/** Says who that is; `undefined` (or anything that throws) is nobody, and is refused. */
export type Authenticator = (credentials: Credentials) => Promise<Admission | undefined> | Admission | undefined;
