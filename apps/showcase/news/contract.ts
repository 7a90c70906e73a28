/**
 * What the news desk and its readers say to each other. An item is published, and corrected, under one id: a correction is
 * a publication of the whole item with other words, which takes the old one's place. The server stamps who, when, and what
 * was said before; whatever a client writes there is not read.
 */
import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';
import type { User } from '../shared/identity.ts';
import { nothing, offset, personSchema, type Schema } from '../shared/person.ts';

/** What an editor writes of an item. */
export interface NewsDraft {
  /** Made by the editor's page. */
  readonly id: string;
  readonly headline: string;
  /** May be empty. */
  readonly text: string;
  /** Stands above all others. */
  readonly breaking: boolean;
}

/** An item; the server adds the rest. Moments are in ms since 1970. */
export interface NewsItem extends NewsDraft {
  readonly by?: User;
  readonly published?: number;
  readonly corrected?: number;
  /** The newest first. */
  readonly before?: Wording[];
}

/** What an item said until it was corrected. */
export interface Wording {
  readonly headline: string;
  readonly text: string;
  readonly until: number;
}

/** Who may publish now, and since when; nobody at first. */
export interface NewsDesk {
  readonly editor?: User;
  readonly since?: number;
}

export interface NewsContract {
  readonly topics: {
    readonly 'news.items': Schema<NewsItem>;
    /** The server alone. */
    readonly 'news.desk': Schema<NewsDesk>;
  };
  readonly calls: {
    /** Makes the caller the editor, whoever was it before. */
    readonly 'news.desk.take': { readonly input: Schema<null>; readonly output: Schema<NewsDesk> };
    readonly 'news.desk.leave': { readonly input: Schema<null>; readonly output: Schema<NewsDesk> };
  };
}

/** In UTF-16 units. */
export const maxHeadline = 140;
export const maxText = 600;
/** Older wordings that an item keeps. */
export const maxBefore = 5;

const headline = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(maxHeadline));
const text = v.pipe(v.string(), v.trim(), v.maxLength(maxText));
const moment = offset();

const item = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/)),
  headline,
  text,
  breaking: v.boolean(),
  by: v.optional(personSchema),
  published: v.optional(moment),
  corrected: v.optional(moment),
  before: v.optional(v.pipe(v.array(v.object({ headline, text, until: moment })), v.maxLength(maxBefore))),
});
const desk = v.object({ editor: v.optional(personSchema), since: v.optional(moment) });

export const newsContract: NewsContract = defineContract({
  topics: { 'news.items': item, 'news.desk': desk },
  calls: {
    'news.desk.take': { input: nothing, output: desk },
    'news.desk.leave': { input: nothing, output: desk },
  },
});
