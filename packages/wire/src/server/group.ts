/**
 * Groups: sets of sockets on one server, to which a message is sent with one framing and at most one compression. A group
 * exists while it has members; its name is all there is to create.
 */
import { PreparedMessage } from '../socket/prepared-message.ts';
import type { Sendable, SendOptions } from '../socket/socket.ts';
import type { ServerSocket } from './server-socket.ts';

export interface GroupSendOptions extends SendOptions {
  /** A member that does not get the message: its sender, most often. */
  readonly except?: ServerSocket<any, any>;
}

/** A group by its name, with or without members at the moment. */
export class Group {
  readonly name: string;
  readonly #groups: Groups;

  constructor(name: string, groups: Groups) {
    this.name = name;
    this.#groups = groups;
  }

  /** How many sockets are members now. */
  get size(): number {
    return this.#groups.members(this.name)?.size ?? 0;
  }

  /**
   * Sends a message to every member. It is framed once, and the same bytes are put in every member's outbox; each member
   * writes once at the end of the turn, whatever was sent to it by then. A member that reads too slowly is closed with 1013.
   */
  send(data: Sendable, options: GroupSendOptions = {}): void {
    const members = this.#groups.members(this.name);
    // Data of a wrong type is its sender's mistake, whether or not somebody is there to get it.
    const message = new PreparedMessage(data);
    if (members === undefined) return;
    for (const member of members) if (member !== options.except) member.sendPrepared(message, options);
  }
}

export class Groups {
  readonly #members = new Map<string, Set<ServerSocket<any, any>>>();

  members(name: string): ReadonlySet<ServerSocket<any, any>> | undefined {
    return this.#members.get(name);
  }

  join(name: string, socket: ServerSocket<any, any>): void {
    let members = this.#members.get(name);
    if (members === undefined) this.#members.set(name, (members = new Set()));
    members.add(socket);
  }

  leave(name: string, socket: ServerSocket<any, any>): void {
    const members = this.#members.get(name);
    if (members?.delete(socket) && members.size === 0) this.#members.delete(name);
  }
}
