/** What viewers, the host and the server of a live show say to each other. */
import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';
import type { User } from '../shared/identity.ts';
import { id, nothing, offset, personSchema, type Schema, text } from '../shared/person.ts';

/** What one can react with. Reactions travel as counts, in this order. */
export const reactionKinds = ['heart', 'star', 'flame', 'smile', 'note'] as const;

export interface Show {
  /** Who has the host's chair. */
  readonly host?: User;
  /** Until when simulated viewers react, ms since 1970. */
  readonly crowdUntil: number;
}

export interface Comment {
  /** Made by the page. */
  readonly id: string;
  readonly text: string;
  readonly from: User;
}

export interface Question {
  readonly question: string;
  readonly options: string[];
}

/** A poll with what has been counted so far. */
export interface Poll extends Question {
  readonly id: string;
  readonly votes: number[];
  readonly state: 'open' | 'closed';
  readonly by: User;
}

/** What a user chose, by its place in the options; none: they have not voted. */
export interface Voted {
  readonly option?: number;
}

/** A private line between two viewers. */
export interface Line {
  /** Made of the two users' ids: `lineOf`. */
  readonly id: string;
  /** Who asked, and who was asked. */
  readonly from: User;
  readonly to: User;
  readonly state: 'asked' | 'open' | 'declined' | 'ended';
  /** When it got into this state, ms since 1970. */
  readonly since: number;
}

export interface LiveContract {
  readonly topics: {
    /** Nothing is said here. Who follows it is a viewer. */
    readonly 'live.audience': Schema<null>;
    readonly 'live.show': Schema<Show>;
    /** What a page's viewer reacted since the last time. The server alone takes it. */
    readonly 'live.react': Schema<number[]>;
    /** How many there have been in all, ten times a second while there are any. */
    readonly 'live.reactions': Schema<number[]>;
    readonly 'live.comments': Schema<Comment>;
    readonly 'live.poll': Schema<Poll>;
    /** Who chose what in which poll. The server's own. */
    readonly 'live.votes': Schema<{ readonly poll: string; readonly user: string; readonly option: number }>;
    /** Every line's newest state. The server's own. */
    readonly 'live.lines': Schema<Line>;
    /** The lines of one user. */
    readonly 'live.inbox.{viewer}': Schema<Line>;
    readonly 'live.line.{line}': Schema<Comment>;
  };
  readonly calls: {
    /** Takes the host's chair, or leaves it. */
    readonly 'live.host': { readonly input: Schema<boolean>; readonly output: Schema<Show> };
    /** Has simulated viewers react for a quarter of a minute. */
    readonly 'live.crowd': { readonly input: Schema<null>; readonly output: Schema<Show> };
    readonly 'live.poll.start': { readonly input: Schema<Question>; readonly output: Schema<Poll> };
    readonly 'live.poll.close': { readonly input: Schema<null>; readonly output: Schema<Poll> };
    /** Votes once: a second vote changes nothing, and is told the first. */
    readonly 'live.vote': {
      readonly input: Schema<{ readonly poll: string; readonly option: number }>;
      readonly output: Schema<Voted>;
    };
    /** What the caller chose in a poll. */
    readonly 'live.voted': { readonly input: Schema<string>; readonly output: Schema<Voted> };
    /** Asks somebody who commented for a private line. */
    readonly 'live.line.ask': { readonly input: Schema<string>; readonly output: Schema<Line> };
    readonly 'live.line.answer': {
      readonly input: Schema<{ readonly line: string; readonly accept: boolean }>;
      readonly output: Schema<Line>;
    };
    readonly 'live.line.end': { readonly input: Schema<string>; readonly output: Schema<Line> };
  };
}

/** In UTF-16 units. */
export const maxCommentLength = 300;
export const maxOptions = 4;
/** Reactions of one kind that a page tells at once. */
export const maxAtOnce = 20;

/** The line between two users, whoever asks. Their ids have no `~`. */
export function lineOf(one: string, other: string): string {
  return [one, other].sort().join('~');
}

export function isOnLine(user: { readonly id: string } | undefined, line: string): boolean {
  return user !== undefined && line.split('~').includes(user.id);
}

const count = offset();
const counts = (most: number): Schema<number[]> =>
  v.pipe(v.array(v.pipe(count, v.maxValue(most))), v.length(reactionKinds.length));
const option = v.pipe(count, v.maxValue(maxOptions - 1));
const comment = v.object({ id: id(), text: text(maxCommentLength), from: personSchema });
const options = v.pipe(v.array(text(60)), v.minLength(2), v.maxLength(maxOptions));
const show = v.object({ host: v.optional(personSchema), crowdUntil: count });
const poll = v.object({
  ...{ id: id(), question: text(140), options, state: v.picklist(['open', 'closed']), by: personSchema },
  votes: v.pipe(v.array(count), v.maxLength(maxOptions)),
});
const voted = v.object({ option: v.optional(option) });
const line = v.object({
  ...{ id: id(), from: personSchema, to: personSchema, since: count },
  state: v.picklist(['asked', 'open', 'declined', 'ended']),
});

export const contract: LiveContract = defineContract({
  topics: {
    'live.audience': nothing,
    'live.show': show,
    'live.react': counts(maxAtOnce),
    'live.reactions': counts(Number.MAX_SAFE_INTEGER),
    'live.comments': comment,
    'live.poll': poll,
    'live.votes': v.object({ poll: id(), user: id(), option }),
    'live.lines': line,
    'live.inbox.{viewer}': line,
    'live.line.{line}': comment,
  },
  calls: {
    'live.host': { input: v.boolean(), output: show },
    'live.crowd': { input: nothing, output: show },
    'live.poll.start': { input: v.object({ question: text(140), options }), output: poll },
    'live.poll.close': { input: nothing, output: poll },
    'live.vote': { input: v.object({ poll: id(), option }), output: voted },
    'live.voted': { input: id(), output: voted },
    'live.line.ask': { input: id(), output: line },
    'live.line.answer': { input: v.object({ line: id(), accept: v.boolean() }), output: line },
    'live.line.end': { input: id(), output: line },
  },
});
