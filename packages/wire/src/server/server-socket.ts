/** A socket on a server: it knows where it came in, and can be a member of groups. */
import type { Duplex } from 'node:stream';
import { Socket } from '../socket/socket.ts';
import type { SocketInit } from '../socket/socket-core.ts';
import type { Groups } from './group.ts';

export interface ServerSocketInit<Data, Params> extends SocketInit<Data> {
  readonly params: Params;
  readonly origin: string | undefined;
  readonly groups: Groups;
}

export class ServerSocket<Data = unknown, Params = Record<string, string>> extends Socket<Data> {
  /** The values of the names in braces of the route's path. */
  readonly params: Params;
  /** The origin of the page that connected; `undefined` when it is not a browser. */
  readonly origin: string | undefined;
  readonly #stream: Duplex & { readonly remoteAddress?: string };
  readonly #groups: Groups;
  /** The groups that it is a member of; many sockets are never in any. */
  #joined: Set<string> | undefined;

  constructor(init: ServerSocketInit<Data, Params>) {
    super(init);
    this.params = init.params;
    this.origin = init.origin;
    this.#stream = init.stream;
    this.#groups = init.groups;
  }

  /**
   * The IP address at the other end of the stream. It is the kernel that knows it, and only while there is a connection: after
   * its end this is `''`, unless it was asked for before.
   */
  get remoteAddress(): string {
    return this.#stream.remoteAddress ?? '';
  }

  /** Becomes a member of a group, until it leaves or the connection ends. */
  join(group: string): void {
    if (this.state === 'closed') return;
    if (this.#joined === undefined) {
      this.#joined = new Set();
      void this.closed.then(() => this.#leaveAll());
    }
    this.#joined.add(group);
    this.#groups.join(group, this);
  }

  leave(group: string): void {
    if (this.#joined?.delete(group)) this.#groups.leave(group, this);
  }

  #leaveAll(): void {
    for (const group of this.#joined ?? []) this.#groups.leave(group, this);
  }
}
