/**
 * Who opens a session, found out between HELLO and WELCOME: nobody (`anonymous`), by a ticket, by WAMP-CRA, or by what came
 * with the WebSocket's own handshake (`transport`, Advanced Profile "Transport-level Authentication").
 *
 * Of the methods that a client offers, the first that is spoken here is taken. Rule of this file: it decides and sends
 * nothing; every way through ends in a welcome or in a refusal.
 */
import { randomBytes } from 'node:crypto';
import { HubError } from '../contract/errors.ts';
import type { Soon } from '../engine/engine.ts';
import { roleOf } from '../hub/audience.ts';
import type { Admission, Authenticator, Credentials } from '../hub/user.ts';
import {
  challengeExtra,
  type KeyDerivation,
  makeChallenge,
  verifySignature,
  wampcra,
} from './authentication-wampcra.ts';
import { errorUris } from './error-uris.ts';
import type { MessageOf } from './messages.ts';
import type { Dict } from './options.ts';
import { errorUriOf } from './outcome.ts';
import type { WampRealm } from './realm.ts';

/** What a client of ticket authentication shows. */
export interface Ticket {
  readonly ticket: string;
  /** Who it says it is. */
  readonly authid: string | undefined;
  readonly realm: string;
}

/** Says whose ticket that is; `undefined` is nobody's. */
export type TicketCheck = (shown: Ticket) => Soon<Admission | undefined>;

/** A user's secret for WAMP-CRA. */
export interface Secret extends Admission {
  /** The password; with `derivation`, what `deriveKey` made of it. */
  readonly secret: string;
  /** How `secret` was derived from the password: the client is told, and derives the same. @default `secret` is the password */
  readonly derivation?: KeyDerivation;
}

/** Finds the secret of an `authid`; `undefined`: there is no such user. */
export type SecretLookup = (who: { readonly authid: string; readonly realm: string }) => Soon<Secret | undefined>;

/** What to do next. */
export type Step =
  | { readonly type: 'challenge'; readonly method: string; readonly extra: Dict }
  | {
      readonly type: 'welcome';
      readonly admission: Admission | undefined;
      readonly method: string;
      /** Judges what is shown to go on with the session; absent where the method has no such thing. */
      readonly renewal: Authenticator | undefined;
    }
  | { readonly type: 'refuse'; readonly uri: string; readonly message: string; readonly close: number };

/** IANA's registry of close codes: 3000 is "Unauthorized". */
export const unauthorized = 3000;
const tryAgainLater = 1013;

const provider = 'tidewire';

/** What is kept between CHALLENGE and AUTHENTICATE. */
type Waiting =
  | { readonly method: 'ticket' }
  | { readonly method: 'wampcra'; challenge: string; secret: Secret | undefined };

export class Authentication {
  readonly #realm: WampRealm;
  readonly #hello: MessageOf<'HELLO'>;
  readonly #transport: Admission | undefined;
  /** The id that the session will have. */
  readonly session: number;
  readonly #hub: Authenticator;
  #waiting: Waiting | undefined;

  /** @param transport who the WebSocket's handshake said that it is */
  constructor(realm: WampRealm, hello: MessageOf<'HELLO'>, transport: Admission | undefined) {
    this.#realm = realm;
    this.#hello = hello;
    this.#transport = transport;
    this.session = realm.core.newId();
    const { core } = realm;
    this.#hub = (credentials: Credentials) => core.admit(credentials);
  }

  /** Judges HELLO. Never throws, never rejects. */
  begin(): Soon<Step> {
    const { core, wampcra: lookup, ticket } = this.#realm;
    const { authmethods = [], authid } = this.#hello.details;
    // Plain clients name no method: whoever the transport knows, or else nobody.
    const wanted = authmethods.length === 0 ? ['transport', 'anonymous'] : authmethods;
    for (const method of wanted) {
      if (method === 'anonymous' && core.letsIn(undefined)) return welcome(undefined, method, this.#hub);
      if (method === 'transport' && this.#transport !== undefined) return welcome(this.#transport, method, this.#hub);
      if (method === 'ticket' && (core.authenticates || ticket !== undefined)) {
        this.#waiting = { method };
        return { type: 'challenge', method, extra: {} };
      }
      if (method === wampcra && lookup !== undefined) return this.#safely(() => this.#challengeFor(authid, lookup));
    }
    if (authmethods.length === 0) return refuse(errorUris.authenticationRequired, 'This realm asks who you are');
    return refuse(errorUris.noMatchingAuthMethod, 'None of these methods of authentication is spoken here');
  }

  /** Judges AUTHENTICATE. Never throws, never rejects. */
  answer(signature: string): Soon<Step> {
    const waiting = this.#waiting!;
    this.#waiting = undefined;
    if (waiting.method === 'ticket') return this.#safely(() => this.#checkTicket(signature));
    const { challenge, secret } = waiting;
    // Somebody unknown is told so no sooner than somebody with a wrong password.
    const right = verifySignature(secret?.secret ?? randomBytes(16).toString('hex'), challenge, signature);
    if (secret === undefined || !right) return refuse(errorUris.authenticationFailed, 'The signature is not right');
    return welcome(secret, wampcra);
  }

  async #challengeFor(authid: string | undefined, lookup: SecretLookup): Promise<Step> {
    if (authid === undefined) return refuse(errorUris.authenticationFailed, 'WAMP-CRA needs an authid');
    const { core, name } = this.#realm;
    const secret = core.judged(await lookup({ authid, realm: name }));
    const user = secret?.user ?? { id: authid };
    const challenge = makeChallenge({
      authid: user.id,
      authrole: roleOf({ user }),
      authprovider: provider,
      session: this.session,
      now: core.date(),
    });
    this.#waiting = { method: 'wampcra', challenge, secret };
    return { type: 'challenge', method: wampcra, extra: challengeExtra(challenge, secret?.derivation) };
  }

  async #checkTicket(ticket: string): Promise<Step> {
    const { authid } = this.#hello.details;
    const check = this.#realm.ticket;
    const authenticator = check === undefined ? this.#hub : byTicket(this.#realm, check, authid);
    const admission = await authenticator({ token: ticket, authid });
    if (admission === undefined) return refuse(errorUris.authenticationFailed, 'The ticket does not hold');
    if (check === undefined && authid !== undefined && authid !== '' && authid !== admission.user.id) {
      return refuse(errorUris.authenticationFailed, 'The ticket is somebody else’s');
    }
    return welcome(admission, 'ticket', authenticator);
  }

  /** What the user's own functions throw is no verdict on the client, unless it is a HubError that says so. */
  async #safely(step: () => Promise<Step>): Promise<Step> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof HubError && !error.temporary) return refuse(errorUris.authenticationFailed, error.message);
      if (!(error instanceof HubError)) this.#realm.core.report(error, 'authenticate');
      const uri = errorUriOf('unavailable');
      return { type: 'refuse', uri, message: 'Nobody can be authenticated at the moment', close: tryAgainLater };
    }
  }
}

/** What WELCOME says of who it is. */
export function authDetails({ admission, method }: Extract<Step, { type: 'welcome' }>): Dict {
  const user = admission?.user;
  return {
    ...(user !== undefined && { authid: user.id }),
    authrole: roleOf({ user }),
    authmethod: method,
    authprovider: provider,
  };
}

function welcome(admission: Admission | undefined, method: string, renewal?: Authenticator): Step {
  return { type: 'welcome', admission, method, renewal };
}

/** The user's own function as an authenticator, for as long as the session. Apart, so that it keeps no HELLO. */
function byTicket({ core, name }: WampRealm, check: TicketCheck, authid: string | undefined): Authenticator {
  return async ({ token: ticket = '' }) => core.judged(await check({ ticket, authid, realm: name }));
}

function refuse(uri: string, message: string): Step {
  return { type: 'refuse', uri, message, close: unauthorized };
}
