/**
 * What people and the server say to each other. A talk is a conversation of two or of a group, and its id says which: that of two
 * is made of both people's ids, so that it needs no list of who may read it; a group's members stand in `messaging.groups`.
 */
import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';
import type { User } from '../shared/identity.ts';
import { id, nothing, offset, personSchema, type Schema, text } from '../shared/person.ts';

export interface Talk {
  /** Of two: `ann~bob`, their ids in order. A group's was made by the page that created it. */
  readonly id: string;
  /** A group's; empty for two. */
  readonly title: string;
  readonly members: readonly User[];
  /** Who made the group; nobody for two. */
  readonly by?: User;
}

/** A line of a talk: something written, or something that happened to the group. */
export type Entry =
  | { readonly type: 'message'; readonly id: string; readonly text: string; readonly from: User }
  | { readonly type: 'event'; readonly what: 'created' | 'added' | 'left'; readonly by: User; readonly whom: string };

/** How far one member has got: on some device of theirs, or with their own eyes. */
export interface Mark {
  readonly user: string;
  readonly kind: 'delivered' | 'read';
  readonly offset: number;
}

export interface Typing {
  readonly from: User;
  readonly typing: boolean;
}

export interface NewGroup {
  /** Made by the page, so that a call that is repeated makes no second group. */
  readonly id: string;
  readonly title: string;
  readonly members: readonly string[];
}

export interface Joining {
  readonly group: string;
  readonly members: readonly string[];
}

export interface MessagingContract {
  readonly topics: {
    /** Who has ever been here; whoever reads it is here. */
    readonly 'messaging.people': Schema<User>;
    /** Groups and their members. The server alone. */
    readonly 'messaging.groups': Schema<Talk>;
    /** The talks of one user, the newest state of each. One without this user among its members is left. */
    readonly 'messaging.inbox.{owner}': Schema<Talk>;
    readonly 'messaging.talk.{talk}': Schema<Entry>;
    readonly 'messaging.marks.{talk}': Schema<Mark>;
    readonly 'messaging.typing.{talk}': Schema<Typing>;
  };
  readonly calls: {
    /** Puts the caller into the directory. */
    readonly 'messaging.enter': { readonly input: Schema<null>; readonly output: Schema<null> };
    /** Puts a talk with another person into both inboxes. */
    readonly 'messaging.direct': { readonly input: Schema<string>; readonly output: Schema<Talk> };
    readonly 'messaging.group': { readonly input: Schema<NewGroup>; readonly output: Schema<Talk> };
    /** A member adds others. */
    readonly 'messaging.add': { readonly input: Schema<Joining>; readonly output: Schema<Talk> };
    readonly 'messaging.leave': { readonly input: Schema<string>; readonly output: Schema<Talk> };
  };
}

/** How many may be in a group. */
export const maxMembers = 50;

/** The id of the talk of two people. */
export function directId(one: string, other: string): string {
  return [one, other].sort().join('~');
}

/** The two people of a talk; nothing, if it is a group's. */
export function pairOf(talk: string): readonly [string, string] | undefined {
  const [first, second, ...more] = talk.split('~');
  return first && second && more.length === 0 && first < second ? [first, second] : undefined;
}

const talk = v.object({
  id: id(),
  title: v.pipe(v.string(), v.maxLength(60)),
  members: v.pipe(v.array(personSchema), v.maxLength(maxMembers)),
  by: v.optional(personSchema),
});
const people = v.pipe(v.array(id()), v.minLength(1), v.maxLength(maxMembers));

export const contract: MessagingContract = defineContract({
  topics: {
    'messaging.people': personSchema,
    'messaging.groups': talk,
    'messaging.inbox.{owner}': talk,
    'messaging.talk.{talk}': v.variant('type', [
      v.object({ type: v.literal('message'), id: id(), text: text(2000), from: personSchema }),
      v.object({
        type: v.literal('event'),
        what: v.picklist(['created', 'added', 'left']),
        by: personSchema,
        whom: v.pipe(v.string(), v.maxLength(2000)),
      }),
    ]),
    'messaging.marks.{talk}': v.object({ user: id(), kind: v.picklist(['delivered', 'read']), offset: offset() }),
    'messaging.typing.{talk}': v.object({ from: personSchema, typing: v.boolean() }),
  },
  calls: {
    'messaging.enter': { input: nothing, output: nothing },
    'messaging.direct': { input: id(), output: talk },
    'messaging.group': { input: v.object({ id: id(), title: text(60), members: people }), output: talk },
    'messaging.add': { input: v.object({ group: id(), members: people }), output: talk },
    'messaging.leave': { input: id(), output: talk },
  },
});
