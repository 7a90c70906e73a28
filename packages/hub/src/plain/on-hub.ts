/**
 * The hub for clients that speak no protocol on top of WebSocket: every message is something to publish on one topic, and
 * every publication of that topic is a message. `new WebSocket(url)` is all that it takes.
 */
import { PreparedMessage, type ServerSocket } from 'tidewire';
import { HubError } from '../contract/errors.ts';
import type { Publication } from '../contract/publication.ts';
import type { Hub } from '../hub/hub.ts';
import type { HubCore } from '../hub/hub-core.ts';
import { type EndReason, endCodes, type Peer } from '../hub/peer.ts';
import { probePayload, probeTotal } from '../hub/probe.ts';
import type { Session } from '../hub/session.ts';
import type { Subscription } from '../hub/subscription.ts';
import type { Admission } from '../hub/user.ts';

/** What is said and heard on a plain socket. */
export interface PlainOnHub<Data = any> {
  /** The name of the one topic: messages are published on it, and its publications are messages. */
  readonly topic: string;
  /** What a message publishes; `undefined` refuses it, and closes with 1003. */
  read(message: string | Uint8Array): unknown;
  /** What a publication says; `undefined`: it is not told. */
  write(data: Data, publication: Publication): string | Uint8Array | undefined;
  /** What the sender is told when the hub refuses a message. @default nothing */
  refused?(error: HubError): string | Uint8Array | undefined;
  /** So many of the newest publications come first, and those that are retained. @default 0 */
  readonly last?: number;
}

/** Plain messages for the `plain` of a hub's route. */
export function plainOnHub<Data>(hub: Pick<Hub, 'core'>, definition: PlainOnHub<Data>): PlainHub {
  return new PlainHub(hub.core, definition);
}

/** What all plain peers of a route share: each publication is written and framed once. */
export class PlainHub {
  readonly core: HubCore;
  readonly definition: PlainOnHub;
  readonly #frames = new WeakMap<Publication, PreparedMessage | null>();

  constructor(core: HubCore, definition: PlainOnHub) {
    this.core = core;
    this.definition = definition;
  }

  /** Begins a conversation on a socket without a subprotocol. */
  open(socket: ServerSocket<any, any>, admission: Admission | undefined): PlainConversation {
    return new PlainConversation(this, socket, admission);
  }

  frame(publication: Publication): PreparedMessage | null {
    let frame = this.#frames.get(publication);
    if (frame === undefined) {
      const message = this.definition.write(publication.data, publication);
      frame = message === undefined ? null : new PreparedMessage(message);
      this.#frames.set(publication, frame);
    }
    return frame;
  }
}

/** One peer's conversation. */
export class PlainConversation implements Peer {
  readonly protocol: string = '';
  readonly #hub: PlainHub;
  readonly #socket: ServerSocket<any, any>;
  readonly #session: Session;

  constructor(hub: PlainHub, socket: ServerSocket<any, any>, admission: Admission | undefined) {
    this.#hub = hub;
    this.#socket = socket;
    this.#session = hub.core.open(this, admission);
    const { topic, last = 0 } = hub.definition;
    this.#session.subscribe(topic, { replay: 'recover', last }).catch((error: unknown) => this.#refused(error));
  }

  /** Takes a message; the promise is what the next one has to wait for. */
  async message(data: string | Uint8Array): Promise<void> {
    const published = this.#hub.definition.read(data);
    // RFC 6455 §7.4.1: 1003, "it has received a type of data it cannot accept"
    if (published === undefined) return this.#socket.close(1003, 'this is not what is spoken here');
    try {
      await this.#session.publish(this.#hub.definition.topic, { data: published });
    } catch (error) {
      this.#refused(error);
    }
  }

  pong(payload: Uint8Array): void {
    const total = probeTotal(payload);
    if (total !== undefined) this.#session.acknowledge(total);
  }

  /** The socket is gone. */
  closed(): void {
    this.#session.close();
  }

  deliver(_subscription: Subscription, publication: Publication): number {
    const frame = this.#hub.frame(publication);
    if (frame === null) return 0;
    this.#socket.sendPrepared(frame);
    return frame.size;
  }

  probe(total: number): void {
    this.#socket.ping(probePayload(total));
  }

  ended(reason: EndReason): void {
    this.#socket.close(endCodes[reason], reason);
  }

  #refused(error: unknown): void {
    if (!(error instanceof HubError)) return this.#hub.core.report(error, 'plain');
    const says = this.#hub.definition.refused?.(error);
    if (says !== undefined) this.#socket.send(says);
  }
}
