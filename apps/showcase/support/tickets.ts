/**
 * The tickets and the agents. Both live in retained topics: what is kept here is read from them at the start, and changed only
 * once the hub has the change. Changes are made one after the other, so that two agents can't both take one ticket first.
 */
import { type Hub, HubError } from '@tidewire/hub';
import type { User } from '../shared/identity.ts';
import type { Entry, Side, SupportContract, Ticket } from './contract.ts';

/** How many the topic keeps, and how many of them may be open. */
export const maxTickets = 500;
const maxOpen = 200;

export class Tickets {
  readonly #hub: Hub<SupportContract>;
  /** The one that changed last is at the end. */
  readonly #tickets = new Map<string, Ticket>();
  readonly #agents = new Set<string>();
  #last = 0;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(hub: Hub<SupportContract>) {
    this.#hub = hub;
  }

  /** Reads what was before. Call it once the hub knows the topics. */
  static async read(hub: Hub<SupportContract>): Promise<Tickets> {
    const tickets = new Tickets(hub);
    for (const { data } of await hub.retained('support.agents', {})) if (data.agent) tickets.#agents.add(data.id);
    for (const { data } of await hub.retained('support.desk', {})) tickets.#know(data);
    // The process may have ended between the two topics.
    for (const ticket of tickets.#tickets.values()) if (ticket.state === 'open') await tickets.#tellVisitor(ticket);
    return tickets;
  }

  get openCount(): number {
    return [...this.#tickets.values()].filter(({ state }) => state === 'open').length;
  }

  isAgent(user: { readonly id: string } | undefined): boolean {
    return user !== undefined && this.#agents.has(user.id);
  }

  /** On which side of a ticket somebody is; nothing: it is none of their business. */
  sideOf(user: { readonly id: string } | undefined, id: string): Side | undefined {
    if (user === undefined) return undefined;
    if (this.#tickets.get(id)?.visitor.id === user.id) return 'visitor';
    return this.isAgent(user) && this.#tickets.has(id) ? 'agent' : undefined;
  }

  /** Its visitor writes while it is open, and of the agents who has taken it. */
  mayWrite(user: { readonly id: string } | undefined, id: string): boolean {
    const ticket = this.#tickets.get(id);
    if (ticket?.state !== 'open') return false;
    const side = this.sideOf(user, id);
    return side === 'visitor' || (side === 'agent' && ticket.agent?.id === user?.id);
  }

  setAgent({ id }: User, agent: boolean): Promise<void> {
    return this.#next(async () => {
      if (this.#agents.has(id) === agent) return;
      await this.#hub.publish('support.agents', {}, { id, agent });
      if (agent) this.#agents.add(id);
      else this.#agents.delete(id);
      await this.#hub.recheck(id);
    });
  }

  open(visitor: User): Promise<Ticket> {
    return this.#next(async () => {
      const open = [...this.#tickets.values()].filter(({ state }) => state === 'open');
      const mine = open.find((ticket) => ticket.visitor.id === visitor.id);
      if (mine) return mine;
      if (open.length >= maxOpen) throw new HubError('too-many', 'Too many people wait already: try again later');
      const ticket: Ticket = { id: String(this.#last + 1), visitor, state: 'open', opened: Date.now() };
      return await this.#change(ticket, { type: 'event', what: 'opened', by: visitor });
    });
  }

  take(id: string, agent: User): Promise<Ticket> {
    return this.#next(async () => {
      const ticket = this.#open(id);
      if (ticket.visitor.id === agent.id) throw new HubError('denied', 'This ticket is your own');
      if (ticket.agent?.id === agent.id) return ticket;
      return await this.#change({ ...ticket, agent }, { type: 'event', what: 'taken', by: agent });
    });
  }

  close(id: string, by: User): Promise<Ticket> {
    return this.#next(async () => {
      const ticket = this.#tickets.get(id);
      if (ticket?.state === 'closed') return ticket;
      return await this.#change(
        { ...this.#open(id), state: 'closed', closed: Date.now() },
        { type: 'event', what: 'closed', by },
      );
    });
  }

  #open(id: string): Ticket {
    const ticket = this.#tickets.get(id);
    if (ticket?.state !== 'open') throw new HubError('invalid', `There is no open ticket ${id}`);
    return ticket;
  }

  async #change(ticket: Ticket, entry: Entry): Promise<Ticket> {
    await this.#hub.publish('support.desk', {}, ticket);
    this.#know(ticket);
    await this.#hub.publish('support.ticket.{ticket}', { ticket: ticket.id }, entry);
    await this.#tellVisitor(ticket);
    return ticket;
  }

  async #tellVisitor(ticket: Ticket): Promise<void> {
    const params = { visitor: ticket.visitor.id };
    const [known] = await this.#hub.retained('support.visitor.{visitor}', params);
    if (JSON.stringify(known?.data) === JSON.stringify(ticket)) return;
    await this.#hub.publish('support.visitor.{visitor}', params, ticket);
  }

  #know(ticket: Ticket): void {
    this.#tickets.delete(ticket.id);
    this.#tickets.set(ticket.id, ticket);
    this.#last = Math.max(this.#last, Number(ticket.id));
    // As the topic does: the one that was longest without a change goes.
    if (this.#tickets.size > maxTickets) this.#tickets.delete(this.#tickets.keys().next().value!);
  }

  #next<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}
