/**
 * Who may do what. Every path to a topic or a procedure (subscribing, publishing, history, presence, calls, registrations, by
 * whatever protocol) asks here, and a rule that is not there denies.
 */
import { HubError } from '../contract/errors.ts';
import { type Soon, then } from '../engine/engine.ts';
import type { Session } from './session.ts';
import type { User } from './user.ts';

/** What a rule is asked about. The values of the names in braces stand beside, each under its own name. */
export interface AccessBase {
  /** Who asks; `undefined` when nobody is signed in. */
  readonly user: User | undefined;
  readonly session: Session;
  /** The topic's, or the procedure's, name. */
  readonly name: string;
}

export type Access<Params = Record<string, string>> = AccessBase & Params;

/** True lets it happen. What it throws denies too: a HubError is told to the peer, any other goes to `onError`. */
export type Rule<Params = Record<string, string>> = (access: Access<Params>) => boolean | Promise<boolean>;

/** Whoever is connected. */
export const everyone = (): boolean => true;
/** Whoever is signed in. */
export const signedIn = ({ user }: AccessBase): boolean => user !== undefined;

/** Names that a parameter can't have, because rules and handlers find something else there. */
const taken: ReadonlySet<string> = new Set(['user', 'session', 'name', 'data', 'input', 'progress', 'signal']);

/** @throws TypeError when a parameter of the pattern could not be told from what else a rule gets */
export function checkParamNames(pattern: string): void {
  for (const [, name] of pattern.matchAll(/\{(\w+)\}/g)) {
    if (taken.has(name!))
      throw new TypeError(`{${name}} can't be a parameter of ${pattern}: rules have another ${name}`);
  }
}

export function accessOf(session: Session, name: string, params: Readonly<Record<string, string>>): Access {
  return { ...params, user: session.user, session, name } as unknown as Access;
}

/** Asks a rule. @throws what the rule throws, but for a HubError */
export async function isAllowed(rule: Rule<any> | undefined, access: Access): Promise<boolean> {
  try {
    return rule !== undefined && (await rule(access)) === true;
  } catch (error) {
    if (error instanceof HubError) return false;
    throw error;
  }
}

/** Asks a rule; at once, and throwing, where the rule answers at once. @throws HubError `denied`, or what the rule throws */
export function demand(rule: Rule<any> | undefined, access: Access, toDo: string): Soon<void> {
  if (access.session.ended) throw new HubError('unavailable', 'The session has ended');
  const answer = rule === undefined ? false : rule(access);
  // Whatever else can be awaited counts as a promise.
  return then(typeof answer === 'object' ? Promise.resolve(answer) : answer, (allowed) => {
    if (allowed !== true) throw new HubError('denied', `You may not ${toDo} ${access.name}`);
  });
}
