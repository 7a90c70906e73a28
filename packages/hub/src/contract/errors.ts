/**
 * What the hub refuses, and why: one table, one class. An error says whether the same request may succeed later
 * (`temporary`), so that a client knows whether to try again. Its message is for people and safe to send to the peer.
 *
 * Rule of this file: an adapter translates the code into its protocol's own (a WAMP URI, a SOAP fault); the hub knows neither.
 */

/** Every refusal of the hub itself. Applications add codes of their own. */
export const hubErrors = {
  denied: { temporary: false, says: 'This is not allowed' },
  unauthenticated: { temporary: false, says: 'Nobody is signed in here' },
  expired: { temporary: false, says: 'The session has expired' },
  'no-such-topic': { temporary: false, says: 'There is no topic of this name' },
  'no-such-procedure': { temporary: false, says: 'There is no procedure of this name' },
  'procedure-exists': { temporary: false, says: 'The procedure has been registered already' },
  'no-such-subscription': { temporary: false, says: 'There is no such subscription' },
  'no-such-registration': { temporary: false, says: 'There is no such registration' },
  invalid: { temporary: false, says: 'The data is not what the contract asks for' },
  'too-large': { temporary: false, says: 'The data is too large' },
  'too-many': { temporary: true, says: 'A limit in number has been reached' },
  'rate-limited': { temporary: true, says: 'Too much in too little time' },
  timeout: { temporary: true, says: 'It took too long' },
  canceled: { temporary: false, says: 'The call was canceled' },
  unavailable: { temporary: true, says: 'It is not available at the moment' },
  internal: { temporary: false, says: 'Something went wrong here' },
} as const;

export type HubErrorCode = keyof typeof hubErrors;

export interface HubErrorOptions {
  /** Whether the same request may succeed later. @default by the code, false for codes of applications */
  readonly temporary?: boolean;
  /** What the peer is told beside code and message; JSON. */
  readonly data?: unknown;
  readonly cause?: unknown;
}

/** A refusal that the peer is told: thrown by the hub, and by handlers and rules of applications. */
export class HubError extends Error {
  override readonly name = 'HubError';
  /** One of `hubErrors`, or an application's own: lower case, digits, `-`, `_` and `.`. */
  readonly code: HubErrorCode | (string & {});
  readonly temporary: boolean;
  readonly data: unknown;

  /** @throws TypeError on a code that could not be put into a URI */
  constructor(code: HubErrorCode | (string & {}), message?: string, options: HubErrorOptions = {}) {
    if (!/^[a-z0-9_.-]{1,100}$/.test(code)) throw new TypeError(`${JSON.stringify(code)} is no code of an error`);
    const row = Object.hasOwn(hubErrors, code) ? hubErrors[code as HubErrorCode] : undefined;
    super(message ?? row?.says ?? code, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.temporary = options.temporary ?? row?.temporary ?? false;
    this.data = options.data;
  }
}
