/**
 * WAMP-CRA, Advanced Profile "Challenge Response Authentication": the client signs a challenge with a secret that both sides
 * know, HMAC-SHA256 in base64, and the secret never travels.
 *
 * With a salted password the shared secret is the *base64 text* of the key that PBKDF2-HMAC-SHA256 derives, so that a server
 * keeps no password; its text is what existing clients (autobahn, wampy) sign with. Pure functions; the session machine
 * holds the state.
 */
import { createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** The method's name in HELLO.Details.authmethods and CHALLENGE. */
export const wampcra = 'wampcra';

/** How the key was derived from a password; it travels in CHALLENGE.Extra. */
export interface KeyDerivation {
  readonly salt: string;
  /** @default 1000, the value that clients assume when it is missing; store passwords with 600,000 or more */
  readonly iterations?: number;
  /** Octets. @default 32 */
  readonly keylen?: number;
}

/** What the client is to be authenticated as, and where. */
export interface ChallengeDetails {
  readonly authid: string;
  readonly authrole: string;
  readonly authprovider: string;
  /** The id that the session will have. */
  readonly session: number;
  /** When the authentication started, in milliseconds since 1970. */
  readonly now: number;
  /** @default 18 random octets in base64url */
  readonly nonce?: string;
}

/** CHALLENGE.Extra of this method. */
export interface ChallengeExtra {
  readonly challenge: string;
  readonly salt?: string;
  readonly iterations?: number;
  readonly keylen?: number;
  readonly [key: string]: unknown;
}

/** The challenge string: "a JSON serialized object" with the seven members that the text demands. */
export function makeChallenge(details: ChallengeDetails): string {
  const { authid, authrole, authprovider, session, now, nonce = randomBytes(18).toString('base64url') } = details;
  const timestamp = new Date(now).toISOString();
  return JSON.stringify({ nonce, authprovider, authid, timestamp, authrole, authmethod: wampcra, session });
}

/** CHALLENGE.Extra for a challenge, with the derivation if the secret is a derived key. */
export function challengeExtra(challenge: string, derivation?: KeyDerivation): ChallengeExtra {
  if (derivation === undefined) return { challenge };
  const { salt, iterations = 1000, keylen = 32 } = derivation;
  return { challenge, salt, iterations, keylen };
}

const derive = promisify(pbkdf2);

/** Derives the shared secret from a password, on the thread pool: thousands of iterations would stop the event loop. */
export async function deriveKey(password: string, derivation: KeyDerivation): Promise<string> {
  const { salt, iterations = 1000, keylen = 32 } = derivation;
  const key = await derive(password, salt, iterations, keylen, 'sha256');
  return key.toString('base64');
}

/** AUTHENTICATE.Signature: what a client that knows the secret answers to a challenge. */
export function signChallenge(secret: string, challenge: string): string {
  return createHmac('sha256', secret).update(challenge).digest('base64');
}

/** Whether a peer's signature is right, in a time that does not depend on how much of it is. */
export function verifySignature(secret: string, challenge: string, signature: string): boolean {
  const expected = Buffer.from(signChallenge(secret, challenge));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
