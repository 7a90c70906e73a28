/**
 * The rules of the news: one editor at a time, whoever took the desk last; an item's stamps and its older wordings. Nothing
 * is kept here but the name on the desk, and that is read from its topic when the server starts.
 */
import { everyone, type Hub, HubError, signedIn, type User } from '@tidewire/hub';
import { maxBefore, type NewsContract, type NewsDesk, type NewsDraft, type NewsItem } from './contract.ts';

export type NewsHub = Hub<NewsContract>;

export interface Newsroom {
  readonly desk: NewsDesk;
  readonly readers: number;
}

/** Defines topics and calls, and publishes the first items where there are none. `now` is ms since 1970. */
export async function openNewsroom(hub: NewsHub, now: () => number = Date.now): Promise<Newsroom> {
  let desk: NewsDesk = {};
  const isEditor = (user: User | undefined): boolean => user !== undefined && user.id === desk.editor?.id;

  hub.topic('news.desk', { retain: true, allow: { subscribe: everyone } });
  hub.topic('news.items', {
    key: ({ id }) => id,
    retain: true,
    maxKeys: 200,
    history: { count: 1_000, age: '30d', bytes: 4 << 20 },
    presence: 'count',
    maxBytes: 4096,
    rate: { count: 30, per: '1m' },
    allow: { subscribe: everyone, history: everyone, presence: everyone, publish: ({ user }) => isEditor(user) },
    // What is retained is read anew each time: a log has no second truth beside it.
    accept: async (draft, { user }) => {
      const known = (await hub.retained('news.items', {})).find(({ data }) => data.id === draft.id);
      return stamped(draft, known?.data, user, now());
    },
  });

  const settle = async (next: NewsDesk): Promise<NewsDesk> => {
    await hub.publish('news.desk', {}, next);
    desk = next;
    return next;
  };
  hub.handle('news.desk.take', { allow: signedIn }, ({ user }) =>
    isEditor(user) ? desk : settle({ editor: personOf(user), since: now() }),
  );
  hub.handle('news.desk.leave', { allow: signedIn }, ({ user }) => (isEditor(user) ? settle({ since: now() }) : desk));

  desk = (await hub.retained('news.desk', {})).at(-1)?.data ?? {};
  const items = await hub.retained('news.items', {});
  if (items.length === 0) for (const item of firstItems(now())) await hub.publish('news.items', {}, item);
  return {
    get desk() {
      return desk;
    },
    get readers() {
      return hub.presence('news.items', {}).count;
    },
  };
}

/** The item as it is published: a new one, or a correction that remembers what it said before. */
export function stamped(draft: NewsDraft, known: NewsItem | undefined, user: User | undefined, at: number): NewsItem {
  const { id, headline, text, breaking } = draft;
  const written = { id, headline, text, breaking };
  if (known === undefined) return { ...written, by: personOf(user), published: at };
  const { by, published, corrected, before = [] } = known;
  const stamps = { ...(by && { by }), ...(published !== undefined && { published }) };
  // Pinning it, or saying the same again, corrects nothing.
  const same = known.headline === headline && known.text === text;
  if (same) return { ...written, ...stamps, ...(corrected !== undefined && { corrected }), before };
  const old = { headline: known.headline, text: known.text, until: at };
  return { ...written, ...stamps, corrected: at, before: [old, ...before].slice(0, maxBefore) };
}

function personOf(user: User | undefined): NonNullable<NewsItem['by']> {
  if (user === undefined) throw new HubError('unauthenticated');
  return { id: user.id, name: String(user['name'] ?? 'Somebody').slice(0, 64) };
}

function firstItems(now: number): NewsItem[] {
  const by = { id: 'tidewire', name: 'the showcase' };
  const minutesAgo = (minutes: number): number => now - minutes * 60_000;
  return [
    {
      id: 'first-1',
      headline: 'Harbour clock found to be right twice a day',
      text: 'The harbour master confirms what sailors have long suspected. A second clock was ordered.',
      breaking: false,
      by,
      published: minutesAgo(184),
    },
    {
      id: 'first-2',
      headline: 'Ferry to the outer islands runs every 20 minutes again',
      text: 'Both boats are back from the yard.',
      breaking: false,
      by,
      published: minutesAgo(95),
      corrected: minutesAgo(71),
      before: [
        {
          headline: 'Ferry to the outer islands runs every 12 minutes again',
          text: 'Both boats are back from the yard.',
          until: minutesAgo(71),
        },
      ],
    },
    {
      id: 'first-3',
      headline: 'Lighthouse keeper wins the pie contest a third time',
      text: 'The judges noticed the blueberries at once, and from a distance of 14 miles.',
      breaking: false,
      by,
      published: minutesAgo(33),
    },
    {
      id: 'first-4',
      headline: 'Spring tide tonight at 22:40: move your cars off the quay',
      text: 'The water is expected to stand 30 cm above the stones.',
      breaking: true,
      by,
      published: minutesAgo(12),
    },
  ];
}
