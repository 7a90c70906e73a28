/**
 * WAMP over one WebSocket (Basic Profile, "WebSocket Transport"): each WebSocket message is one WAMP message, in the
 * serialization that the subprotocol names, and in the kind of frame that goes with it.
 */
import type { PreparedMessage, PreparedMessages, ServerSocket } from 'tidewire';
import type { Admission } from '../hub/user.ts';
import { type Message, parseMessage, toList } from './messages.ts';
import type { WampOutlet } from './outlet.ts';
import type { WampRealm } from './realm.ts';
import type { Serializer } from './serializers/serializer.ts';
import { WampSession } from './wamp-session.ts';

/** RFC 6455 §7.4.1: "it has received a type of data it cannot accept (e.g., an endpoint that understands only text data …)". */
const unsupportedData = 1003;
/** Bytes that a callee has not read while it is still called. Well below where its socket would be closed for it (`maxOutboxBytes`). */
const mostUnread = 4 << 20;
/** RFC 6455 §5.5: what is left of a Close frame for its reason. */
const longestReason = 123;

export class WampSocket implements WampOutlet {
  readonly protocol: string;
  readonly serializer: Serializer;
  readonly #socket: ServerSocket<any, any>;
  readonly #session: WampSession;
  /** More was sent than the peer has taken by now. */
  #full = false;

  /** @param admission who the WebSocket's handshake said that it is */
  constructor(realm: WampRealm, socket: ServerSocket<any, any>, admission?: Admission) {
    this.protocol = socket.subprotocol;
    this.serializer = realm.serializer(socket.subprotocol);
    this.#socket = socket;
    this.#session = new WampSession(realm, this, admission);
  }

  get hasRoom(): boolean {
    return this.#socket.bufferedAmount < mostUnread;
  }

  /** Takes a message. While a promise is pending, the peer has too much to read to be listened to. */
  message(data: string | Uint8Array): unknown {
    const { binary } = this.serializer;
    if (binary === (typeof data === 'string')) {
      this.#session.violated(
        `${this.#socket.subprotocol} has ${binary ? 'binary' : 'text'} messages only`,
        unsupportedData,
      );
    } else this.#session.receive(parseMessage(this.serializer.parse(data)));
    if (!this.#full) return undefined;
    this.#full = false;
    return this.#socket.writable();
  }

  pong(payload: Uint8Array): void {
    this.#session.pong(payload);
  }

  /** The socket has ended. */
  closed(): void {
    this.#session.transportClosed();
  }

  send(message: Message): void {
    if (!this.#socket.send(this.serializer.serialize(toList(message)))) this.#full = true;
  }

  sendFrame(frame: PreparedMessage | PreparedMessages): void {
    if (!this.#socket.sendPrepared(frame)) this.#full = true;
  }

  ping(payload: Uint8Array): void {
    this.#socket.ping(payload);
  }

  end(code: number, reason: string): void {
    this.#socket.close(code, fitting(reason));
  }
}

/** As much of a reason as a Close frame takes. Ours are ASCII; a peer's ABORT may say anything. */
function fitting(reason: string): string {
  return reason.replace(/[^\x20-\x7e]/g, '?').slice(0, longestReason);
}
