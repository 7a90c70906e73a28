/**
 * What visitors, agents and the server say to each other. A visitor has one open ticket at a time; the ticket's topic is the
 * conversation, and `support.desk` the list of all.
 */
import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';
import type { User } from '../shared/identity.ts';
import { id, nothing, offset, personSchema, type Schema, text } from '../shared/person.ts';

export type Side = 'visitor' | 'agent';

/** One visitor's matter, from the first word until it is closed. */
export interface Ticket {
  /** Counts up from 1. */
  readonly id: string;
  readonly visitor: User;
  readonly state: 'open' | 'closed';
  /** Who has taken it. */
  readonly agent?: User;
  /** ms since 1970. */
  readonly opened: number;
  readonly closed?: number;
}

/** A line of a ticket's conversation: something written, or something that was done with the ticket. */
export type Entry =
  | { readonly type: 'message'; readonly id: string; readonly text: string; readonly from: User; readonly side: Side }
  | { readonly type: 'event'; readonly what: 'opened' | 'taken' | 'closed'; readonly by: User };

/** Up to where one side has read. */
export interface Read {
  readonly side: Side;
  readonly offset: number;
}

export interface Typing {
  readonly from: User;
  readonly typing: boolean;
}

export interface SupportContract {
  readonly topics: {
    /** Every ticket's newest state. Agents read it, and who does is here; the server writes it. */
    readonly 'support.desk': Schema<Ticket>;
    /** Who is an agent. The server alone. */
    readonly 'support.agents': Schema<{ readonly id: string; readonly agent: boolean }>;
    /** Nothing is said here; visitors are in it while their page is open. */
    readonly 'support.lobby': Schema<null>;
    /** A visitor's newest ticket. */
    readonly 'support.visitor.{visitor}': Schema<Ticket>;
    readonly 'support.ticket.{ticket}': Schema<Entry>;
    readonly 'support.read.{ticket}': Schema<Read>;
    readonly 'support.typing.{ticket}': Schema<Typing>;
  };
  readonly calls: {
    /** Makes the caller an agent, or an agent no more. */
    readonly 'support.enter': { readonly input: Schema<null>; readonly output: Schema<null> };
    readonly 'support.leave': { readonly input: Schema<null>; readonly output: Schema<null> };
    /** Opens the caller's ticket; the one that is open already, if there is one. */
    readonly 'support.open': { readonly input: Schema<null>; readonly output: Schema<Ticket> };
    /** An agent takes a ticket, from another agent too. */
    readonly 'support.take': { readonly input: Schema<string>; readonly output: Schema<Ticket> };
    /** Its visitor, or an agent, closes a ticket for good. */
    readonly 'support.close': { readonly input: Schema<string>; readonly output: Schema<Ticket> };
  };
}

const moment = offset();
const side = v.picklist(['visitor', 'agent']);
const ticket = v.object({
  id: id(),
  visitor: personSchema,
  state: v.picklist(['open', 'closed']),
  agent: v.optional(personSchema),
  opened: moment,
  closed: v.optional(moment),
});

export const contract: SupportContract = defineContract({
  topics: {
    'support.desk': ticket,
    'support.agents': v.object({ id: id(), agent: v.boolean() }),
    'support.lobby': nothing,
    'support.visitor.{visitor}': ticket,
    'support.ticket.{ticket}': v.variant('type', [
      v.object({ type: v.literal('message'), id: id(), text: text(2000), from: personSchema, side }),
      v.object({ type: v.literal('event'), what: v.picklist(['opened', 'taken', 'closed']), by: personSchema }),
    ]),
    'support.read.{ticket}': v.object({ side, offset: offset() }),
    'support.typing.{ticket}': v.object({ from: personSchema, typing: v.boolean() }),
  },
  calls: {
    'support.enter': { input: nothing, output: nothing },
    'support.leave': { input: nothing, output: nothing },
    'support.open': { input: nothing, output: ticket },
    'support.take': { input: id(), output: ticket },
    'support.close': { input: id(), output: ticket },
  },
});
