/**
 * Who is who: a name is taken without a password, and kept by a signed token (JWT, RFC 7519, HS256) that only this server can
 * make. A user is a random id; the name beside it is for people. The secret is made once and lives in the data folder.
 *
 * A name belongs to its holder while a token of theirs may be valid; whoever asks for it meanwhile gets it with a number. This
 * is remembered in memory alone: after a restart, the first to come has it. The id never changes hands.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jwtVerify, SignJWT } from 'jose';
import { cleanName, numberedName } from './shared/person-name.ts';

/** Somebody. */
export interface User {
  /** Random; the same for as long as the token is renewed. */
  readonly id: string;
  readonly name: string;
}

/** A user whose token was found to be ours and valid. */
export interface VerifiedUser extends User {
  /** When the token ends, in ms since 1970. */
  readonly expires: number;
}

/** The answer to who takes or renews a name. */
export interface NameGrant {
  readonly token: string;
  readonly user: User;
  /** How long the token is valid from now, in ms, so that the browser's clock does not matter. */
  readonly lifetime: number;
}

/** The text is no name, or the token is not ours, or too old. */
export class NameError extends Error {
  override readonly name = 'NameError';
}

export interface NamesOptions {
  /** ms since 1970. @default Date.now */
  readonly now?: () => number;
}

const issuer = 'tidewire-showcase';
const lifetime = 3_600_000;
/** A laptop that was closed over a holiday still comes back as the same user. */
const renewableFor = 30 * 86_400_000;
const maxTokenLength = 2048;
const maxHolders = 10_000;

/** Opens the names of a data folder, which is made when it is missing. @throws when the secret can't be read or written */
export async function openNames(folder: string, options: NamesOptions = {}): Promise<Names> {
  return new Names(await readSecret(folder), options);
}

/** Issues, renews and verifies the tokens of one secret. */
export class Names {
  readonly #secret: Uint8Array;
  readonly #now: () => number;
  /** By the name as people compare it, the one that was seen last at the end. */
  readonly #holders: Map<string, { id: string; until: number }> = new Map();

  constructor(secret: Uint8Array, { now = Date.now }: NamesOptions = {}) {
    this.#secret = secret;
    this.#now = now;
  }

  /** Makes a user of this name, or of the name with a number if it is taken. @throws NameError when nothing of it is left */
  async issue(text: string): Promise<NameGrant> {
    const name = cleanName(text);
    if (name === '') throw new NameError('A name needs a letter or two');
    return await this.#grant(randomBytes(12).toString('base64url'), name);
  }

  /** A new token for an old one, up to 30 days after it ended. @throws NameError when the old one is not ours, or older */
  async renew(token: string): Promise<NameGrant> {
    const { id, name } = await this.#read(token, renewableFor);
    return await this.#grant(id, name);
  }

  /** Who holds this token now; a value of its own, so that it can be handed on. @throws NameError when nobody does */
  readonly verify = async (token: string): Promise<VerifiedUser> => {
    const user = await this.#read(token, 0);
    this.#claim(user.name, user.id, user.expires);
    return user;
  };

  async #grant(id: string, wanted: string): Promise<NameGrant> {
    const now = this.#now();
    const name = this.#claim(wanted, id, now + lifetime);
    const token = await new SignJWT({ name })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(issuer)
      .setSubject(id)
      .setIssuedAt(new Date(now))
      .setExpirationTime(new Date(now + lifetime))
      .sign(this.#secret);
    return { token, user: { id, name }, lifetime };
  }

  async #read(token: string, tolerance: number): Promise<VerifiedUser> {
    if (typeof token !== 'string' || token.length > maxTokenLength) throw new NameError('This is no token of ours');
    try {
      const { payload } = await jwtVerify<{ name: string }>(token, this.#secret, {
        algorithms: ['HS256'],
        issuer,
        requiredClaims: ['sub', 'exp', 'name'],
        currentDate: new Date(this.#now()),
        clockTolerance: tolerance / 1000,
      });
      return { id: payload.sub!, name: payload.name, expires: payload.exp! * 1000 };
    } catch (cause) {
      throw new NameError('The token is not ours, or no longer valid', { cause });
    }
  }

  /** @returns the name that the holder now has */
  #claim(wanted: string, id: string, until: number): string {
    for (let number = 1; ; number++) {
      const name = number === 1 ? wanted : numberedName(wanted, number);
      const folded = name.normalize('NFKC').toLowerCase().replaceAll(/\s/g, '');
      const holder = this.#holders.get(folded);
      if (holder !== undefined && holder.id !== id && holder.until > this.#now()) continue;
      this.#holders.delete(folded);
      this.#holders.set(folded, { id, until: Math.max(until, holder?.id === id ? holder.until : 0) });
      if (this.#holders.size > maxHolders) this.#holders.delete(this.#holders.keys().next().value!);
      return name;
    }
  }
}

async function readSecret(folder: string): Promise<Uint8Array> {
  const path = join(folder, 'secret');
  await mkdir(folder, { recursive: true });
  // Written aside and linked, so that of two processes that start at once both have the same secret, and whole.
  const aside = join(folder, `secret-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await writeFile(aside, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
    await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
  const secret = Buffer.from((await readFile(path, 'utf8')).trim(), 'base64url');
  // RFC 7518 §3.2: "A key of the same size as the hash output … or larger MUST be used with this algorithm."
  if (secret.length < 32) throw new Error(`${path} is not a secret of 32 bytes; remove it, and all names with it`);
  return secret;
}
