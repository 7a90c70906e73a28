/**
 * What a hub is made of, as its own rooms see it: topics, procedures, sessions, an engine and time. The public face, typed by
 * a contract, is hub.ts.
 */
import type { Clock, OnError } from 'tidewire';
import { HubError } from '../contract/errors.ts';
import type { Audience, Payload, Publisher } from '../contract/publication.ts';
import { type Appended, type Engine, type Soon, then } from '../engine/engine.ts';
import { sizeOf } from './data.ts';
import { type HubLimits, longestTimer } from './limits.ts';
import type { Peer } from './peer.ts';
import type { ResolvedPolicy } from './policy.ts';
import { Principals } from './principals.ts';
import { Procedures } from './procedures.ts';
import { Session } from './session.ts';
import { Topics } from './topics.ts';
import type { Admission, Authenticator, Credentials, User } from './user.ts';
import type { WindowLimits } from './window.ts';

export interface HubCoreInit {
  readonly engine: Engine;
  readonly authenticate: Authenticator | undefined;
  /** `undefined`: only while there is no way to sign in. */
  readonly anonymous: boolean | undefined;
  readonly window: WindowLimits;
  readonly limits: HubLimits;
  readonly callTimeout: number | undefined;
  /** ms. */
  readonly topicIdle: number;
  /** How often tops are compared and idle things let go, ms. */
  readonly compareInterval: number;
  readonly onError: OnError;
  readonly clock: Clock;
  /** The date, ms since 1970. */
  readonly date: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** A random id from 1 to 2^53. */
  readonly newId: () => number;
  /** Calls back when the callbacks of this turn have run. */
  readonly atEndOfTurn: (work: () => void) => void;
}

/** Counted since the hub was made. */
export interface HubFigures {
  publications: number;
  deliveries: number;
  calls: number;
}

/** Something to publish that has been accepted. */
export interface Accepted {
  readonly payload: Payload;
  /** Of the payload's data, where it is known. */
  readonly size?: number;
  readonly publisher?: Publisher;
  readonly audience?: Audience;
  readonly once?: { readonly scope: string; readonly key: string };
}

/** Of a value among the values of a topic, in characters. */
const longestKey = 256;
/** What may be said about who gets a publication, bytes: it is kept with it, and looked through for every subscriber. */
const mostAudience = 64 * 1024;

export class HubCore {
  readonly engine: Engine;
  readonly topics: Topics;
  readonly procedures: Procedures;
  readonly window: WindowLimits;
  readonly limits: HubLimits;
  readonly clock: Clock;
  readonly date: () => number;
  readonly newId: () => number;
  /** ms; `undefined`: as long as it takes. */
  readonly callTimeout: number | undefined;
  readonly figures: HubFigures = { publications: 0, deliveries: 0, calls: 0 };
  readonly sessions: Map<number, Session> = new Map();
  readonly principals: Principals;
  readonly #init: HubCoreInit;
  #signsInElsewhere = false;
  #started: Promise<void> | undefined;
  #timer: unknown;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(init: HubCoreInit) {
    const { engine, clock, limits, atEndOfTurn } = init;
    this.#init = init;
    this.engine = engine;
    this.clock = clock;
    this.date = init.date;
    this.newId = init.newId;
    this.window = init.window;
    this.limits = limits;
    this.callTimeout = init.callTimeout && Math.min(init.callTimeout, longestTimer);
    this.procedures = new Procedures(init.random);
    this.principals = new Principals(limits.maxRevoked);
    const report = (error: unknown, stage: string): void => this.report(error, stage);
    this.topics = new Topics({ engine, limits, clock, idle: init.topicIdle, atEndOfTurn, report });
    this.#start();
  }

  /** Once the engine has started, which it has as a rule. @throws HubError `unavailable` when it could not, or the hub is closed */
  ready(): Soon<void> {
    return then(this.#started, () => this.#mustBeOpen());
  }

  /** Says who that is. `undefined`: nobody, and they are refused. */
  async admit(credentials: Credentials): Promise<Admission | undefined> {
    return this.judged(await this.#init.authenticate?.(credentials));
  }

  /** An admission if it holds: it has not expired, and its user was not revoked since. @throws TypeError on what is none */
  judged<A extends Admission>(admission: A | undefined): A | undefined {
    if (admission === undefined || this.principals.isRevoked(admission)) return undefined;
    const { user, expires } = admission;
    if (typeof user.id !== 'string' || user.id === '' || user.id.length > 256) {
      throw new TypeError('The id of a user has 1 to 256 characters');
    }
    return expires !== undefined && expires <= this.date() ? undefined : admission;
  }

  /** Whether somebody with this admission, or with none, may have a session: the one rule for every protocol. */
  letsIn(admission: Admission | undefined): boolean {
    return admission !== undefined || (this.#init.anonymous ?? !(this.authenticates || this.#signsInElsewhere));
  }

  /** An adapter has a way to sign in beside `authenticate`: then nobody is let in unknown unless the hub's user said so. */
  signsIn(): void {
    this.#signsInElsewhere = true;
  }

  /** Whether there is somebody who looks at credentials. */
  get authenticates(): boolean {
    return this.#init.authenticate !== undefined;
  }

  /**
   * Begins a session for somebody who was let in. `announced` is its id where the protocol told it before, from `newId`.
   * @throws HubError `unavailable` when the hub is closed, `unauthenticated` when the user was revoked since
   */
  open(peer: Peer, admission: Admission | undefined, announced?: number): Session {
    this.#mustBeOpen();
    // Between their admission and now they may have been revoked.
    if (admission !== undefined && this.principals.isRevoked(admission)) throw new HubError('unauthenticated');
    const user: User | undefined = admission?.user;
    const principal = this.principals.of(user?.id);
    let id = announced ?? this.newId();
    while (this.sessions.has(id)) id = this.newId();
    const session = new Session({ id, hub: this, peer, principal, user, expires: admission?.expires });
    this.sessions.set(id, session);
    return session;
  }

  forget(session: Session): void {
    this.sessions.delete(session.id);
  }

  /** Hands something that was accepted to the engine. @throws HubError `invalid`, `too-large`; what the engine throws */
  append(topic: string, policy: ResolvedPolicy, accepted: Accepted): Soon<Appended> {
    const { payload, publisher, audience, once } = accepted;
    const own = accepted.size ?? sizeOf(payload.data, policy.maxBytes);
    const size = own + (audience === undefined ? 0 : sizeOf(audience, mostAudience));
    const key = policy.key === undefined ? '' : String(policy.key(payload.data));
    if (key.length > longestKey) throw new HubError('invalid', `A key has at most ${longestKey} characters`);
    this.figures.publications++;
    const draft = {
      ...payload,
      id: this.newId(),
      time: this.date(),
      size,
      key,
      ...(publisher && { publisher }),
      ...(audience && { audience }),
    };
    return this.engine.append(topic, draft, policy.retention, once && { ...once, ...policy.once });
  }

  report(error: unknown, stage: string): void {
    this.#init.onError(error, { stage });
  }

  /** Ends every session and stops the engine. Whoever closes it again waits for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.clock.clearTimeout(this.#timer);
    this.topics.tell();
    for (const session of [...this.sessions.values()]) session.end('shutdown');
    this.topics.close();
    await this.#started?.catch(() => undefined);
    await this.engine.stop();
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new HubError('unavailable', 'The hub is closed');
  }

  #start(): void {
    const started = this.engine.start({
      published: (publication) => this.topics.published(publication),
      isLive: (topic) => (this.topics.get(topic)?.members.size ?? 0) > 0,
      failed: (error) => this.report(error, 'engine'),
    });
    this.#beat();
    if (!(started instanceof Promise)) return;
    this.#started = started.then(
      () => {
        this.#started = undefined;
      },
      (cause) => {
        throw new HubError('unavailable', 'The engine could not start', { cause });
      },
    );
    // Whoever needs it is told; that nobody does must not end the process.
    this.#started.catch((error) => this.report(error, 'engine'));
  }

  /** Every few seconds. */
  #beat(): void {
    this.#timer = this.clock.setTimeout(
      () => {
        this.#beat();
        this.topics.sweep();
        this.principals.sweep(this.clock.now());
        if (this.#started === undefined) this.topics.compare().catch((error) => this.report(error, 'compare'));
      },
      Math.min(this.#init.compareInterval, longestTimer),
    );
  }
}
