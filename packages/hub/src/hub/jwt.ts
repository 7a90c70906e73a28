/**
 * Authentication by JSON Web Tokens (RFC 7519), verified by `jose`. No claim is used before the signature has been checked, and
 * the algorithms are those of the key, never the token's choice alone.
 */
import { KeyObject } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Admission, Authenticator, User } from './user.ts';

export interface JwtOptions {
  /** A shared secret (HS256 and its sisters), of at least 32 bytes. */
  readonly secret?: Uint8Array | string;
  /** A public key. */
  readonly key?: CryptoKey | KeyObject;
  /** Where a JWK set is; fetched when needed, and again for a key id that it does not have. */
  readonly jwks?: string | URL;
  /** @default HS256 with a secret; those of the key; RS256, PS256, ES256 and EdDSA with a JWK set */
  readonly algorithms?: readonly string[];
  /** What `iss` has to be. @default not looked at */
  readonly issuer?: string | string[];
  /** What `aud` has to be. @default not looked at */
  readonly audience?: string | string[];
  /** How far clocks may differ, s. @default 5 */
  readonly clockTolerance?: number;
  /** The user of these claims. @default `sub` is the id, `role` the role, `name` is kept */
  user?(claims: JWTPayload): User | undefined;
}

/** A token that does not hold is nobody. What is told are key sets that can't be fetched, or are none. */
const ourFaults: ReadonlySet<string> = new Set([
  errors.JOSEError.code,
  errors.JWKSInvalid.code,
  errors.JWKInvalid.code,
  errors.JWKSTimeout.code,
]);

/** An authenticator for tokens. @throws TypeError unless exactly one of `secret`, `key` and `jwks` is there, or the secret is short */
export function jwt(options: JwtOptions): Authenticator {
  const key = keyOf(options);
  const algorithms = options.algorithms ?? algorithmsOf(key);
  const { issuer, audience, clockTolerance = 5, user = userOf } = options;
  const expected = { algorithms: [...algorithms], issuer, audience, clockTolerance };
  return async ({ token }) => {
    if (token === undefined) return undefined;
    try {
      const { payload } = await jwtVerify(token, key as JWTVerifyGetKey, expected);
      const found = user(payload);
      return found && admission(found, payload, clockTolerance);
    } catch (error) {
      if (error instanceof errors.JOSEError && !ourFaults.has(error.code)) return undefined;
      throw error;
    }
  };
}

type Key = Uint8Array | KeyObject | JWTVerifyGetKey;

function keyOf({ secret, key, jwks }: JwtOptions): Key {
  if ([secret, key, jwks].filter((way) => way !== undefined).length !== 1) {
    throw new TypeError('A JWT is verified by one of secret, key and jwks');
  }
  if (jwks !== undefined) return createRemoteJWKSet(new URL(jwks));
  if (secret === undefined) return key instanceof KeyObject ? key : KeyObject.from(key!);
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
  // RFC 7518 §3.2: "A key of the same size as the hash output (for instance, 256 bits for "HS256") or larger MUST be used".
  if (bytes.length < 32) throw new TypeError('The secret of a JWT has at least 32 bytes');
  return bytes;
}

const rsa = ['RS256', 'PS256'];
const eddsa = ['EdDSA', 'Ed25519'];
/** By type of key, or by curve. */
const algorithmsByKey: Readonly<Record<string, readonly string[]>> = {
  rsa,
  'rsa-pss': ['PS256'],
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
  ed25519: eddsa,
};

/** What keys are for, so that a token never makes a key into one of another kind (RFC 8725 §3.1). @throws TypeError */
function algorithmsOf(key: Key): readonly string[] {
  if (key instanceof Uint8Array) return ['HS256'];
  if (!(key instanceof KeyObject)) return [...rsa, 'ES256', ...eddsa];
  const { asymmetricKeyType: type, asymmetricKeyDetails } = key;
  const algorithms = algorithmsByKey[asymmetricKeyDetails?.namedCurve ?? type ?? ''];
  if (algorithms === undefined) throw new TypeError(`No JWT is signed by a key of type ${type ?? key.type}`);
  return algorithms;
}

function userOf({ sub, ...claims }: JWTPayload): User | undefined {
  if (typeof sub !== 'string' || sub === '') return undefined;
  const { role, name } = claims;
  return {
    id: sub,
    ...(typeof role === 'string' && { role }),
    ...(typeof name === 'string' && { name }),
  };
}

function admission(user: User, { exp, iat = 0 }: JWTPayload, tolerance: number): Admission {
  // A token that does not say when it was made counts as an old one once its user is revoked.
  return { user, issued: iat * 1000, ...(exp !== undefined && { expires: (exp + tolerance) * 1000 }) };
}
