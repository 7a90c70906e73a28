/**
 * Where a WAMP session's messages go, and all that it knows of its transport. The WebSocket is one (wamp-socket.ts); a test is
 * another.
 */
import type { PreparedMessage, PreparedMessages } from 'tidewire';
import type { Message } from './messages.ts';
import type { Serializer } from './serializers/serializer.ts';

export interface WampOutlet {
  /** The WebSocket subprotocol, for people. */
  readonly protocol: string;
  readonly serializer: Serializer;
  /** False: the peer reads so slowly that what others ask of it is better refused than sent. */
  readonly hasRoom: boolean;
  /** Sends a message. @throws TypeError, RangeError on values of our caller's that the serializer has no place for */
  send(message: Message): void;
  /** Sends what was framed once for many: a message, or several. */
  sendFrame(frame: PreparedMessage | PreparedMessages): void;
  /** Sends a WebSocket Ping behind everything that was sent. */
  ping(payload: Uint8Array): void;
  /** Closes the transport. Nothing is sent after it. */
  end(code: number, reason: string): void;
}
