/**
 * `/fanout`: each message goes to all sockets of `/fanout`, the sender included, by one group send: framed once, and the
 * same bytes put in every outbox.
 */
import type { Group, Route } from 'tidewire';

/** Makes the route. `everyone` is the group of all who are connected. */
export function fanout({ everyone }: { everyone(): Group }): Route {
  return {
    open(socket) {
      socket.join(everyone().name);
    },
    message(_socket, data) {
      everyone().send(data);
    },
  };
}
