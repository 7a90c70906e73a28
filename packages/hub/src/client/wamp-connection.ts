/**
 * One WAMP session over one connection: HELLO to WELCOME, requests and their answers, and the ways out to whoever waits for EVENTs and
 * INVOCATIONs.
 *
 *         HELLO      CHALLENGE/AUTHENTICATE       WELCOME
 *   new ────────▶ greeting ──────────────▶ greeting ────────▶ joined
 *                    │ ABORT                                    │ GOODBYE, a violation, end()
 *                    └──────────────────▶ ended ◀───────────────┘
 *
 * Rule of this file: it lives as long as its connection. What must survive that is kept by its users.
 * WAMP v2, Basic Profile "Sessions", "Publish and Subscribe", "Remote Procedure Calls".
 */
import { HubError } from '../contract/errors.ts';
import { nextRequestId } from '../wamp/ids.ts';
import type { Serializer } from '../wamp/serializers/serializer.ts';
import { Acknowledger, type WindowSize } from './acknowledger.ts';
import type { Clock } from './client-options.ts';
import { toHubError } from './wamp-errors.ts';
import {
  type Dict,
  dictAt,
  elementAt,
  idAt,
  isString,
  type List,
  Malformed,
  type Payload,
  payloadAt,
  withPayload,
} from './wamp-lists.ts';

/** What a connection is given, and whom it tells. */
export interface ConnectionOptions {
  readonly serializer: Serializer;
  readonly realm: string;
  /** Undefined: whoever the handshake says that it is, or nobody. */
  readonly token: string | undefined;
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /** False: the line took nothing. */
  send(data: string | Uint8Array): boolean;
  /** WELCOME came. */
  joined(): void;
  /** The hub ended the session, or refused it; the connection is its to close. */
  ended(reason: string, message: string | undefined, aborted: boolean): void;
  /** The hub broke the protocol, and has been told. */
  violated(reason: string): void;
}

/** RESULT carries a payload, REGISTERED an id, the others nothing. */
export type Answer = Payload & { readonly registration?: number };

/** Hears what comes of one request. Exactly one of `done` and `failed` is called, last and once. */
export interface Reply {
  done(answer: Answer): void;
  failed(error: HubError): void;
  progress?(result: Payload): void;
}

export interface Event extends Payload {
  readonly subscription: number;
  readonly details: Dict;
}

/** Takes the EVENTs of one subscription. */
export interface Reader {
  event(event: Event, bytes: number): void;
  /** The hub ended the subscription. */
  revoked(reason: string): void;
}

/** Answers INVOCATIONs. */
export interface Callee {
  /** A message for a callee, or for nobody: then false. */
  took(list: List): boolean;
}

/** Codes of what is asked, and of what answers it: Basic Profile "Message Codes and Direction". */
const call = 48;
const unsubscribe = 34;
const answers: Readonly<Record<number, number>> = { 50: call, 35: unsubscribe, 65: 64, 67: 66 };

const roles = {
  publisher: {},
  subscriber: {},
  caller: { features: { progressive_call_results: true, call_canceling: true, call_timeout: true } },
  callee: { features: { progressive_call_results: true, call_canceling: true } },
};

/** A window for hubs that say none. */
const usualWindow: WindowSize = { messages: 256, bytes: 65_536, latest: 16 };

export class WampConnection {
  callee: Callee | undefined;
  /** WELCOME's Details, and the session's id. */
  welcome: Dict = {};
  session = 0;
  readonly #options: ConnectionOptions;
  readonly #requests = new Map<number, { readonly code: number; readonly reply: Reply }>();
  readonly #readers = new Map<number, Reader>();
  #state: 'new' | 'joined' | 'ended' = 'new';
  #request = 0;
  #acknowledger: Acknowledger | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get isJoined(): boolean {
    return this.#state === 'joined';
  }

  /** Of this session's EVENTs. Only once it is joined. */
  get acknowledger(): Acknowledger {
    return this.#acknowledger!;
  }

  /** Sends HELLO. */
  hello(): void {
    const { realm, token } = this.#options;
    // Without a token, a cookie of the handshake's may say who it is.
    const authmethods = token === undefined ? ['transport', 'anonymous'] : ['ticket'];
    this.send([1, realm, { roles, authmethods, _tidewire_acknowledges: true }]);
  }

  receive(data: string | Uint8Array): void {
    if (this.#state === 'ended') return;
    const list = this.#options.serializer.parse(data);
    try {
      if (!isList(list)) throw new Malformed(list.reason);
      if (this.#state === 'joined') this.#take(list, data.length);
      else this.#greet(list);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      // ABORT
      this.send([3, { message: error.message }, 'wamp.error.protocol_violation']);
      this.#state = 'ended';
      this.#options.violated(error.message);
    }
  }

  /** Calls a procedure of the hub. Returns the request, for `cancel` and `forget`; undefined when it failed at once. */
  call(procedure: string, payload: Payload, options: Dict, reply: Reply): number | undefined {
    return this.ask(call, [options, procedure], reply, payload);
  }

  /** Asks for the end of a call; its answer comes all the same. */
  cancel(request: number): void {
    if (this.#requests.has(request)) this.send([49, request, { mode: 'kill' }]);
  }

  /** What is answered to this request is of no interest any more. */
  forget(request: number): void {
    this.#requests.delete(request);
  }

  /** Publishes without waiting for an answer. False: it was not sent. */
  publish(topic: string, payload: Payload): boolean {
    const request = nextRequestId(this.#request);
    if (!this.isJoined || !this.send(withPayload([16, request, { exclude_me: false }, topic], payload))) return false;
    this.#request = request;
    return true;
  }

  /** EVENTs of this subscription go to `reader` from now on. */
  route(subscription: number, reader: Reader): void {
    this.#readers.set(subscription, reader);
  }

  /** EVENTs of this subscription are for nobody any more. */
  unroute(subscription: number): void {
    this.#readers.delete(subscription);
  }

  unsubscribe(subscription: number): void {
    this.unroute(subscription);
    this.ask(unsubscribe, [subscription]);
  }

  /** A message that the hub answers whatever it is: proof of life. The caller sends it. */
  ping(): string | Uint8Array {
    this.#request = nextRequestId(this.#request);
    this.#requests.set(this.#request, { code: call, reply: deaf });
    return this.#options.serializer.serialize([call, this.#request, {}, 'tidewire.session.ping']);
  }

  /** Says GOODBYE, when there is a session to end. */
  goodbye(): void {
    if (this.isJoined) this.send([6, {}, 'wamp.close.close_realm']);
  }

  /** The connection is gone, or not wanted any more: whoever waits is told. */
  end(error: HubError): void {
    this.#state = 'ended';
    this.#acknowledger?.stop();
    this.#readers.clear();
    const open = [...this.#requests.values()];
    this.#requests.clear();
    for (const { reply } of open) reply.failed(error);
  }

  #greet(list: List): void {
    switch (list[0]) {
      case 4: {
        const { token } = this.#options;
        if (list[1] !== 'ticket' || token === undefined) throw unexpected(list);
        this.send([5, token, {}]);
        return;
      }
      case 2: {
        this.session = idAt(list, 1);
        this.welcome = dictAt(list, 2);
        this.#state = 'joined';
        const acknowledge = (total: number) => this.publish('tidewire.session.acknowledge', { args: [total] });
        this.#acknowledger = new Acknowledger(
          { ...usualWindow, ...(this.welcome['_tidewire_window'] as object) },
          acknowledge,
          this.#options.clock,
        );
        return this.#options.joined();
      }
      case 3:
        return this.#over(list);
      default:
        throw unexpected(list);
    }
  }

  #take(list: List, bytes: number): void {
    switch (list[0]) {
      case 36:
        return this.#event(list, bytes);
      case 50: {
        const payload = payloadAt(list, 3);
        if (!dictAt(list, 2)['progress']) return this.#answered(list, payload);
        return this.#pending(idAt(list, 1), call)?.progress?.(payload);
      }
      case 65:
        return this.#answered(list, { registration: idAt(list, 2) });
      case 8:
        return this.#failed(list);
      case 35:
        return list[1] === 0 ? this.#revoked(dictAt(list, 2)) : this.#answered(list, {});
      case 3:
      case 6:
        return this.#over(list);
      default:
        if (list[0] === 67 && list[1] !== 0) return this.#answered(list, {});
        if (!this.callee?.took(list)) throw unexpected(list);
    }
  }

  #event(list: List, bytes: number): void {
    const [subscription, details] = [idAt(list, 1), dictAt(list, 3)];
    const event = { subscription, details, ...payloadAt(list, 4) };
    if (!this.acknowledger.arrived()) throw new Malformed('More EVENTs than the window allows');
    const reader = this.#readers.get(subscription);
    // On its way when the subscription was left: nobody waits for it, so it is taken.
    if (reader === undefined) this.acknowledger.taken(bytes, false, true);
    else reader.event(event, bytes);
  }

  #revoked({ subscription, reason }: Dict): void {
    const reader = this.#readers.get(subscription as number);
    this.unroute(subscription as number);
    reader?.revoked(String(reason));
  }

  /** Whoever waits for this answer; nobody when it is too late for it. */
  #pending(request: number, code: number | undefined): Reply | undefined {
    const pending = this.#requests.get(request);
    if (pending === undefined ? request > this.#request : pending.code !== code) {
      throw new Malformed('An answer to no request');
    }
    return pending?.reply;
  }

  #answered(list: List, answer: Answer): void {
    const request = idAt(list, 1);
    const reply = this.#pending(request, answers[list[0] as number]);
    this.#requests.delete(request);
    reply?.done(answer);
  }

  #failed(list: List): void {
    const request = idAt(list, 2);
    const reply = this.#pending(request, list[1] as number);
    const error = toHubError(elementAt(list, 4, isString), payloadAt(list, 5));
    this.#requests.delete(request);
    reply?.failed(error);
  }

  /** GOODBYE or ABORT. */
  #over(list: List): void {
    const [{ message }, reason] = [dictAt(list, 1), elementAt(list, 2, isString)];
    const aborted = list[0] === 3;
    if (!aborted) this.send([6, {}, 'wamp.close.goodbye_and_out']);
    this.#state = 'ended';
    this.#options.ended(reason, isString(message) ? message : undefined, aborted);
  }

  /**
   * Sends a request: its code, and what follows its id. Returns the id; undefined when it failed at once.
   */
  ask(code: number, rest: List, reply: Reply = deaf, payload: Payload = {}): number | undefined {
    const request = nextRequestId(this.#request);
    try {
      if (!this.isJoined || !this.send(withPayload([code, request, ...rest], payload))) {
        throw new HubError('unavailable');
      }
    } catch (cause) {
      reply.failed(cause instanceof HubError ? cause : new HubError('invalid', undefined, { cause }));
      return undefined;
    }
    // Ids go up by one per message that is sent, so one that was not leaves no hole.
    this.#request = request;
    this.#requests.set(request, { code, reply });
    return request;
  }

  /** Sends what is no request. @throws HubError `too-large`, and what the serializer throws */
  send(list: List): boolean {
    const { serializer, maxMessageBytes } = this.#options;
    const data = serializer.serialize(list);
    if (bytesOf(data, maxMessageBytes) > maxMessageBytes)
      throw new HubError('too-large', `A message takes over ${maxMessageBytes} bytes`);
    return this.#options.send(data);
  }
}

function unexpected([code]: List): Malformed {
  return new Malformed(`A message ${code} was not expected`);
}

function isList(parsed: List | { readonly reason: string }): parsed is List {
  return Array.isArray(parsed);
}

const deaf: Reply = { done: () => {}, failed: () => {} };

/** Counted only where it may matter. */
function bytesOf(data: string | Uint8Array, most: number): number {
  return (typeof data === 'string' && data.length * 3 > most ? new TextEncoder().encode(data) : data).length;
}
