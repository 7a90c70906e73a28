/**
 * `/echo` and `/echo/plain`: each message comes back as it went, text as text, binary as binary. Large on purpose: 64 MiB
 * a message, in as many fragments as the peer likes, to show that nothing here depends on messages being small.
 *
 * The handler's promise is what holds a peer back that sends and does not read: one message at a time, the next is read
 * when there is room for its answer.
 */
import type { Route } from 'tidewire';

/** The echo without an extension. */
export const plainEcho: Route = {
  limits: { maxMessageBytes: 64 << 20, maxFragments: null },
  async message(socket, data) {
    if (!socket.send(data)) await socket.writable();
  },
};

/** The echo with permessage-deflate, for clients that offer it. */
export const echo: Route = { ...plainEcho, compression: true };
