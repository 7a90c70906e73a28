/**
 * The WAMP sessions of one transport, one after another, as the router has them (Basic Profile, "Sessions" and "Protocol
 * Errors"). Messages are put in, messages come out at the outlet; time is the hub's clock.
 *
 *            HELLO           challenge            AUTHENTICATE
 *   waiting ───────▶ judging ─────────▶ challenged ──────────▶ judging
 *      ▲                │ welcome                                 │ welcome
 *      │ GOODBYE        ▼                                         ▼
 *      └───────────── open ◀──────────────────────────────────────┘
 *                       │ a violation, ABORT, the hub's end; in every state: a violation, the deadline
 *                       ▼
 *                     closed
 *
 * Rule of this file: it knows who may say what when. What is said in an open session is open-session.ts's business.
 */
import { HubError } from '../contract/errors.ts';
import { type EndReason, endCodes } from '../hub/peer.ts';
import type { Admission } from '../hub/user.ts';
import { Authentication, authDetails, type Step, unauthorized } from './authentication.ts';
import { closeUris, errorUris } from './error-uris.ts';
import type { Message, MessageOf, MessageType } from './messages.ts';
import { OpenSession } from './open-session.ts';
import type { WampOutlet } from './outlet.ts';
import type { WampRealm } from './realm.ts';
import { isUri } from './uri.ts';
import { Violation } from './violation.ts';
import { routerRoles } from './welcome.ts';

export type WampState = 'waiting' | 'judging' | 'challenged' | 'open' | 'closed';

const whileOpen: readonly MessageType[] = [
  'ABORT',
  'GOODBYE',
  'ERROR',
  'PUBLISH',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'CALL',
  'CANCEL',
  'REGISTER',
  'UNREGISTER',
  'YIELD',
];

/** What a client may send in each state. Everything else is a protocol error. */
const expected: Readonly<Record<WampState, ReadonlySet<MessageType>>> = {
  waiting: new Set(['HELLO', 'ABORT']),
  judging: new Set(['ABORT']),
  challenged: new Set(['AUTHENTICATE', 'ABORT']),
  open: new Set(whileOpen),
  closed: new Set(),
};

/** The server says why, then closes the connection. */
const endUris: Readonly<Record<EndReason, string>> = {
  shutdown: closeUris.systemShutdown,
  expired: 'tidewire.close.expired',
  revoked: 'tidewire.close.revoked',
  'slow-reader': 'tidewire.close.slow_reader',
  unavailable: 'tidewire.close.unavailable',
};

const protocolError = 1002;
/** IANA's registry of close codes: "Timeout". */
const timeout = 3008;

export class WampSession {
  readonly #realm: WampRealm;
  readonly #outlet: WampOutlet;
  readonly #transport: Admission | undefined;
  #state: WampState = 'waiting';
  #authentication: Authentication | undefined;
  /** HELLO, until WELCOME. */
  #greeted: MessageOf<'HELLO'> | undefined;
  #open: OpenSession | undefined;
  #deadline: unknown;

  /** @param transport who the transport's own handshake said that it is */
  constructor(realm: WampRealm, outlet: WampOutlet, transport?: Admission) {
    this.#realm = realm;
    this.#outlet = outlet;
    this.#transport = transport;
    this.#awaitHello();
  }

  get state(): WampState {
    return this.#state;
  }

  /** Takes the next message, or what is wrong with it. Never throws because of the peer. */
  receive(message: Message | Violation): void {
    if (this.#state === 'closed') return;
    if (message instanceof Violation) return this.violated(message.reason);
    if (!expected[this.#state].has(message.type)) return this.violated(outOfPlace(message.type, this.#state));
    switch (message.type) {
      case 'HELLO':
        return this.#hello(message);
      case 'AUTHENTICATE':
        return this.#judge(this.#authentication!.answer(message.signature));
      case 'GOODBYE':
        return this.#goodbye();
      case 'ABORT':
        return this.#finish(1000, message.reason);
      default:
        this.#open!.receive(message);
    }
  }

  /** The peer answered a Ping. */
  pong(payload: Uint8Array): void {
    this.#open?.pong(payload);
  }

  /** The peer broke the protocol: it is told how, and left. @param code how the transport is closed */
  violated(reason: string, code: number = protocolError): void {
    this.#abort(errorUris.protocolViolation, `${reason}.`, code);
  }

  /** The transport is gone. */
  transportClosed(): void {
    if (this.#state !== 'closed') this.#leave('closed');
  }

  #awaitHello(): void {
    const { core, handshakeTimeout } = this.#realm;
    const late = (): void => this.#abort(errorUris.timeout, 'No session was opened in time', timeout);
    this.#deadline = core.clock.setTimeout(late, handshakeTimeout);
  }

  #hello(hello: MessageOf<'HELLO'>): void {
    const { name, strictUris } = this.#realm;
    if (!isUri(hello.realm, { strict: strictUris }))
      return this.#abort(errorUris.invalidUri, 'The realm is no URI', unauthorized);
    if (hello.realm !== name) return this.#abort(errorUris.noSuchRealm, 'There is no such realm here', unauthorized);
    if (Object.keys(hello.details.roles ?? {}).length === 0)
      return this.violated('HELLO.Details.roles must name a role');
    this.#authentication = new Authentication(this.#realm, hello, this.#transport);
    this.#greeted = hello;
    this.#judge(this.#authentication.begin());
  }

  #judge(step: Step | Promise<Step>): void {
    this.#state = 'judging';
    if (!(step instanceof Promise)) return this.#take(step);
    const authentication = this.#authentication;
    // Whoever left meanwhile, or opened another session, is not concerned any more.
    void step.then((next) => {
      if (this.#state === 'judging' && this.#authentication === authentication) this.#take(next);
    });
  }

  #take(step: Step): void {
    switch (step.type) {
      case 'challenge':
        this.#state = 'challenged';
        return this.#outlet.send({ type: 'CHALLENGE', method: step.method, extra: step.extra });
      case 'welcome':
        return this.#welcome(step);
      default:
        this.#abort(step.uri, step.message, step.close);
    }
  }

  #welcome(step: Extract<Step, { type: 'welcome' }>): void {
    const { core, name } = this.#realm;
    const events = {
      ended: (reason: EndReason): void => this.#endedByHub(reason),
      violated: (reason: string): void => this.violated(reason),
    };
    let open: OpenSession;
    try {
      open = new OpenSession(this.#realm, this.#outlet, this.#greeted!.details, {
        admission: step.admission,
        renewal: step.renewal,
        id: this.#authentication!.session,
        events,
      });
    } catch (error) {
      return this.#notOpened(error);
    }
    core.clock.clearTimeout(this.#deadline);
    this.#authentication = undefined;
    this.#greeted = undefined;
    this.#open = open;
    this.#state = 'open';
    const { session } = open;
    const details = {
      realm: name,
      roles: routerRoles,
      agent: 'Tidewire',
      ...authDetails(step),
      _tidewire_window: core.window,
      _tidewire_now: core.date(),
      ...(session.expires !== undefined && { _tidewire_expires: session.expires }),
    };
    this.#outlet.send({ type: 'WELCOME', session: session.id, details });
  }

  #notOpened(error: unknown): void {
    if (error instanceof HubError && error.code === 'unavailable') {
      return this.#abort(endUris.shutdown, 'This router is shutting down', endCodes.shutdown);
    }
    // Revoked between the verdict and here.
    this.#abort(errorUris.authenticationFailed, 'These credentials do not hold any more', unauthorized);
  }

  /** The session is over, and the transport may carry another one. */
  #goodbye(): void {
    this.#leave('waiting');
    this.#outlet.send({ type: 'GOODBYE', details: {}, reason: closeUris.goodbyeAndOut });
    this.#awaitHello();
  }

  #endedByHub(reason: EndReason): void {
    this.#outlet.send({ type: 'GOODBYE', details: {}, reason: endUris[reason] });
    this.#finish(endCodes[reason], endUris[reason]);
  }

  #abort(uri: string, message: string, code: number): void {
    // Its requests are disposed first: nothing may be answered behind ABORT.
    this.#leave('closed');
    this.#outlet.send({ type: 'ABORT', details: { message }, reason: uri });
    this.#outlet.end(code, uri);
  }

  #finish(code: number, reason: string): void {
    this.#leave('closed');
    this.#outlet.end(code, reason);
  }

  /** Nothing of the session, or of what should have become one, is left when this returns. */
  #leave(state: 'waiting' | 'closed'): void {
    this.#realm.core.clock.clearTimeout(this.#deadline);
    this.#state = state;
    this.#authentication = undefined;
    this.#greeted = undefined;
    const open = this.#open;
    this.#open = undefined;
    open?.close();
  }
}

function outOfPlace(type: MessageType, state: WampState): string {
  const when = {
    waiting: 'before HELLO',
    judging: 'before WELCOME',
    challenged: 'before AUTHENTICATE',
    closed: 'late',
  };
  return state === 'open' ? `${type} is nothing that an open session takes` : `${type} came ${when[state]}`;
}
