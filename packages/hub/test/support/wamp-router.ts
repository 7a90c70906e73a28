/**
 * A router on paper: a hub with a clock of the test's, and clients whose transport is an array. What a client gets has been
 * through the serializer, as on a line.
 */
import assert from 'node:assert/strict';
import { PreparedMessage, type PreparedMessages } from 'tidewire';
import { ManualClock } from '../../../wire/test/support/manual-clock.ts';
import { anything, type Contract, defineContract } from '../../src/contract/contract.ts';
import { memoryEngine } from '../../src/engine/memory.ts';
import { everyone } from '../../src/hub/access.ts';
import { Hub, type HubOptions } from '../../src/hub/hub.ts';
import type { Admission } from '../../src/hub/user.ts';
import { nextRequestId } from '../../src/wamp/ids.ts';
import { type Message, type MessageOf, type MessageType, parseMessage, toList } from '../../src/wamp/messages.ts';
import type { Dict } from '../../src/wamp/options.ts';
import type { WampOutlet } from '../../src/wamp/outlet.ts';
import { type WampOptions, WampRealm } from '../../src/wamp/realm.ts';
import type { Serializer } from '../../src/wamp/serializers/serializer.ts';
import { Violation } from '../../src/wamp/violation.ts';
import { WampSession } from '../../src/wamp/wamp-session.ts';

/** Lets everything happen that waits for promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

export interface RouterOptions extends HubOptions {
  readonly contract?: Contract;
  readonly wamp?: WampOptions;
}

/** Everything that a client announces: what is left out of it is not done for it. */
export const allFeatures = {
  publisher: { features: { publisher_identification: true } },
  subscriber: { features: { pattern_based_subscription: true, subscription_revocation: true } },
  caller: { features: { progressive_call_results: true, call_canceling: true } },
  callee: { features: { progressive_call_results: true, call_canceling: true } },
};

export class Router {
  readonly clock: ManualClock = new ManualClock();
  readonly hub: Hub<any>;
  readonly realm: WampRealm;
  /** What went to `onError`. */
  readonly errors: { readonly error: unknown; readonly stage: string }[] = [];

  constructor(options: RouterOptions = {}) {
    const { contract, wamp, ...hubOptions } = options;
    const date = (): number => 1_000_000 + this.clock.now();
    this.hub = new Hub<any>(contract ?? defineContract({ topics: { '**': anything } }), {
      engine: memoryEngine({ now: date }),
      clock: this.clock,
      date,
      random: () => 0,
      onError: (error, { stage }) => this.errors.push({ error, stage }),
      ...hubOptions,
    });
    this.realm = new WampRealm(this.hub.core, wamp);
  }

  /** A transport that was just opened. */
  connect(options: ClientOptions = {}): Client {
    return new Client(this.realm, options);
  }

  /** A client with an open session. */
  async join(details: Dict = {}, options: ClientOptions = {}): Promise<Client> {
    const client = this.connect(options);
    await client.hello(details);
    return client;
  }
}

/** A router on which everybody may do everything, as the open router has it. */
export function openRouterOnPaper(options: RouterOptions = {}): Router {
  const router = new Router({ callTimeout: null, ...options, wamp: { allowDisclosure: true, ...options.wamp } });
  router.hub.topic('**', { allow: { subscribe: everyone, publish: everyone } });
  router.hub.procedures('**', { allow: { register: everyone, call: everyone } });
  return router;
}

export interface ClientOptions {
  /** A subprotocol. @default 'wamp.2.json' */
  readonly subprotocol?: string;
  readonly admission?: Admission;
}

export class Client implements WampOutlet {
  readonly protocol: string;
  readonly serializer: Serializer;
  readonly session: WampSession;
  /** False: as if much that was sent had not been read. */
  hasRoom = true;
  /** What came and was not taken yet. */
  readonly inbox: Message[] = [];
  readonly pings: Uint8Array[] = [];
  /** Frames that were made for many; the same object is the same bytes. */
  readonly frames: PreparedMessage[] = [];
  /** How the router closed the transport. */
  ending: { readonly code: number; readonly reason: string } | undefined;
  /** The session's id, once there is one. */
  id = 0;
  welcome: MessageOf<'WELCOME'>['details'] = {};
  #request = 0;

  constructor(realm: WampRealm, { subprotocol = 'wamp.2.json', admission }: ClientOptions) {
    this.protocol = subprotocol;
    this.serializer = realm.serializer(subprotocol);
    this.session = new WampSession(realm, this, admission);
  }

  /** Opens a session and takes WELCOME. */
  async hello(details: Dict = {}): Promise<void> {
    this.receive({ type: 'HELLO', realm: 'realm1', details: { roles: allFeatures, ...details } });
    await settle();
    const { session, details: welcome } = this.take('WELCOME');
    this.id = session;
    this.welcome = welcome;
    this.#request = 0;
  }

  /** What the client says goes to the router, by way of the serializer. */
  receive(message: Message): void {
    const data = this.serializer.serialize(toList(message));
    this.session.receive(parseMessage(this.serializer.parse(data)));
  }

  /** A message, or what should be one, as a list. */
  receiveList(...list: unknown[]): void {
    this.session.receive(parseMessage(this.serializer.parse(this.serializer.serialize(list))));
  }

  /** Says something that needs the next request id, and lets happen what follows. Returns the id. */
  async request<T extends 'PUBLISH' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'CALL' | 'REGISTER' | 'UNREGISTER'>(
    type: T,
    rest: Omit<MessageOf<T>, 'type' | 'request' | 'options'> & { readonly options?: Dict },
  ): Promise<number> {
    const request = this.nextRequest();
    this.receive({ type, request, ...(type.startsWith('UN') ? {} : { options: {} }), ...rest } as unknown as Message);
    await settle();
    return request;
  }

  nextRequest(): number {
    this.#request = nextRequestId(this.#request);
    return this.#request;
  }

  async subscribe(topic: string, options: Dict = {}): Promise<number> {
    await this.request('SUBSCRIBE', { topic, options });
    return this.take('SUBSCRIBED').subscription;
  }

  async register(procedure: string, options: Dict = {}): Promise<number> {
    await this.request('REGISTER', { procedure, options });
    return this.take('REGISTERED').registration;
  }

  async publish(topic: string, args: readonly unknown[], options: Dict = {}): Promise<number> {
    return await this.request('PUBLISH', { topic, args, options });
  }

  async call(procedure: string, args: readonly unknown[] = [], options: Dict = {}): Promise<number> {
    return await this.request('CALL', { procedure, args, options });
  }

  /** Calls one of the hub's own procedures. */
  async callHub(procedure: string, kwargs: Dict = {}, options: Dict = {}): Promise<number> {
    return await this.request('CALL', { procedure, kwargs, options });
  }

  /** The next message, which is of this type. */
  take<T extends MessageType>(type: T): MessageOf<T> {
    const message = this.inbox.shift();
    assert.equal(message?.type, type, `${type} was expected, not ${JSON.stringify(message)}`);
    return message as MessageOf<T>;
  }

  /** The next message is an ERROR for this request. */
  takeError(request: number, uri: string): MessageOf<'ERROR'> {
    const error = this.take('ERROR');
    assert.deepEqual([error.request, error.error], [request, uri]);
    return error;
  }

  /** Nothing more came. */
  expectNothing(): void {
    assert.deepEqual(this.inbox, []);
  }

  /** The router aborted the session for a violation, and closed the transport. */
  expectViolation(code = 1002): string {
    const { reason, details } = this.inbox.pop() as MessageOf<'ABORT'>;
    assert.equal(reason, 'wamp.error.protocol_violation');
    assert.equal(this.ending?.code, code);
    assert.equal(this.session.state, 'closed');
    return details.message ?? '';
  }

  // The outlet

  send(message: Message): void {
    assert.equal(this.ending, undefined, 'nothing is sent after the end');
    const read = parseMessage(this.serializer.parse(this.serializer.serialize(toList(message))));
    assert(!(read instanceof Violation), `what is sent is no message: ${(read as Violation).reason}`);
    this.inbox.push(read);
  }

  sendFrame(frame: PreparedMessage | PreparedMessages): void {
    if (frame instanceof PreparedMessage) this.#receiveFrame(frame);
    else for (const each of frame.messages) this.#receiveFrame(each);
  }

  #receiveFrame(frame: PreparedMessage): void {
    assert.equal(this.ending, undefined, 'nothing is sent after the end');
    this.frames.push(frame);
    const { payload } = frame;
    const read = parseMessage(
      this.serializer.parse(this.serializer.binary ? payload : Buffer.from(payload).toString()),
    );
    assert(!(read instanceof Violation));
    this.inbox.push(read);
  }

  ping(payload: Uint8Array): void {
    this.pings.push(payload);
  }

  end(code: number, reason: string): void {
    assert.equal(this.ending, undefined, 'a transport is closed once');
    this.ending = { code, reason };
  }
}
