/**
 * What a user's pages, those who send, and the server say to each other. A user has two feeds: what was sent to them, and
 * what was sent to everyone. What they have read are marks that only grow, so that windows agree whatever the order.
 */
import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';
import type { User } from '../shared/identity.ts';
import { id, offset, personSchema, type Schema, text } from '../shared/person.ts';

/** In UTF-16 units. */
export const maxTitle = 80;
export const maxText = 300;
/** The latest that a notification can be put off, s. */
export const maxAfter = 3600;

export type Feed = 'own' | 'everyone';

/** What somebody is told. */
export interface Told {
  /** Made by the sender's page. */
  readonly id: string;
  readonly title: string;
  /** May be empty. */
  readonly text: string;
  /** Stamped by the server, whatever the page wrote. */
  readonly from: User;
}

/** `one`: the notification at this place of the feed is read. `all`: it, and all before it. */
export interface Mark {
  readonly reach: 'one' | 'all';
  readonly feed: Feed;
  readonly offset: number;
}

/** Something that is to be sent later, and what became of it. */
export interface Scheduled {
  readonly told: Told;
  readonly to: User;
  /** How long after the server took it, s. */
  readonly after: number;
  /** ms since 1970. The server's, as is `state`. */
  readonly due: number;
  readonly state: 'waiting' | 'sent' | 'canceled';
}

/** A place in the server's timetable: what is taken by nothing can be taken again. */
export interface Slot {
  readonly slot: number;
  readonly scheduled: Scheduled | null;
}

export interface NotificationsContract {
  readonly topics: {
    /** Only they read it; whoever is signed in may write to somebody who is known. */
    readonly 'notifications.user.{id}': Schema<Told>;
    readonly 'notifications.everyone': Schema<Told>;
    /** What one user has read, in all of their windows. */
    readonly 'notifications.read.{id}': Schema<Mark>;
    /** The directory: who can be written to. Each enters themselves; who is subscribed is here now. */
    readonly 'notifications.people': Schema<User>;
    /** What one user has put off. */
    readonly 'notifications.scheduled.{id}': Schema<Scheduled>;
    /** The server's own list of it. */
    readonly 'notifications.timetable': Schema<Slot>;
  };
  readonly calls: {
    /** Takes back what is not sent yet, by the id of its notification; false: it was sent, or is not the caller's. */
    readonly 'notifications.cancel': { readonly input: Schema<string>; readonly output: Schema<boolean> };
  };
}

const feed = v.picklist(['own', 'everyone']);
const told = v.object({
  id: id(),
  title: text(maxTitle),
  text: v.pipe(v.string(), v.maxLength(maxText)),
  from: personSchema,
});
const scheduled = v.object({
  told,
  to: personSchema,
  after: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxAfter)),
  due: offset(),
  state: v.picklist(['waiting', 'sent', 'canceled']),
});

export const contract: NotificationsContract = defineContract({
  topics: {
    'notifications.user.{id}': told,
    'notifications.everyone': told,
    'notifications.read.{id}': v.object({ reach: v.picklist(['one', 'all']), feed, offset: offset() }),
    'notifications.people': personSchema,
    'notifications.scheduled.{id}': scheduled,
    'notifications.timetable': v.object({ slot: offset(), scheduled: v.nullable(scheduled) }),
  },
  calls: { 'notifications.cancel': { input: id(), output: v.boolean() } },
});
