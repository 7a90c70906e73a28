/**
 * `/chatService`: a chat for people. A line is one text message, and what one sends, everyone there gets, byte for byte,
 * the sender included. Who speaks is part of the line (the page writes `name: text`), so any WebSocket client can join.
 *
 * The chat chooses no subprotocol: it is plain text, and a server must not agree to what it does not speak.
 */
import type { Group, Route } from 'tidewire';

/** Makes the route. `everyone` is the group of all who are in the chat. */
export function chat({ everyone }: { everyone(): Group }): Route {
  return {
    // The handshake that this application is known by was printed without a Host, which RFC 6455 §4.2.1 asks for.
    insecureAllowMissingHost: true,
    limits: { maxMessageBytes: 4096, maxFragments: 64, maxQueuedMessages: 16, maxOutboxBytes: 1 << 20 },
    open(socket) {
      socket.join(everyone().name);
    },
    message(socket, line) {
      // RFC 6455 §7.4.1: 1003, "it has received a type of data it cannot accept"
      if (typeof line !== 'string') return socket.close(1003, 'this chat is for text');
      everyone().send(line);
    },
  };
}
