/** Push notifications: who may write to whom, and read what. What is put off is in timetable.ts. */
import { type Hub, HubError, type User as HubUser, signedIn } from '@tidewire/hub';
import { systemClock } from 'tidewire';
import { type Application, pageIn } from '../application.ts';
import { contract, type NotificationsContract, type Told } from './contract.ts';
import { Directory, personOf, readUpTo } from './directory-rules.ts';
import { maxRemembered, maxSlots, Timetable, type TimetableOptions } from './timetable.ts';

const kept = { count: 200, age: '30d', bytes: 1 << 20 } as const;
const maxBytes = 4 * 1024;

export const notifications: Application<NotificationsContract> = {
  id: 'notifications',
  title: 'Notifications',
  summary:
    'Pushed to every window of a user, read in all of them at once, and shown by the system when none is in sight.',
  page: pageIn(import.meta.url),
  contract,
  async start({ hub, onError }) {
    const service = await startNotifications(hub, {
      clock: systemClock,
      date: Date.now,
      onError: (error) => onError(error, { stage: 'notifications' }),
    });
    return {
      figures: () => ({ 'people here': hub.presence('notifications.people', {}).count, 'put off': service.waiting }),
      stop: service.stop,
    };
  },
};

export interface NotificationsService {
  /** How many wait for their time. */
  readonly waiting: number;
  stop(): Promise<void>;
}

/** Defines topics and calls, and goes on with what was put off. */
export async function startNotifications(
  hub: Hub<NotificationsContract>,
  options: TimetableOptions,
): Promise<NotificationsService> {
  let timetable: Timetable | undefined;
  const directory = new Directory(hub);
  defineFeeds(hub, directory);
  defineMarks(hub);
  hub.topic('notifications.timetable', { retain: true, key: ({ slot }) => String(slot), maxKeys: maxSlots });
  hub.topic('notifications.scheduled.{id}', {
    slowReader: 'latest',
    key: ({ told }) => told.id,
    maxKeys: maxRemembered,
    allow: { subscribe: themselves, publish: themselves },
    rate: { count: 10, per: '1m' },
    maxBytes,
    async accept(draft, { user }) {
      if (!directory.mayWrite(user, draft.to.id)) throw new HubError('invalid', 'Nobody is known by this id');
      return await timetable!.take(draft, personOf(user));
    },
  });
  hub.handle('notifications.cancel', { allow: signedIn }, ({ input, user }) => timetable!.cancel(input, user!.id));
  await directory.read();
  timetable = await Timetable.read(hub, options);
  return {
    get waiting() {
      return timetable.size;
    },
    stop: () => timetable.stop(),
  };
}

type About = { readonly user: HubUser | undefined; readonly id: string };

const themselves = ({ user, id }: About): boolean => user?.id === id;

function defineFeeds(hub: Hub<NotificationsContract>, directory: Directory): void {
  const stamped = (told: Told, { user }: { readonly user: HubUser | undefined }): Told => ({
    ...told,
    from: personOf(user),
  });
  hub.topic('notifications.user.{id}', {
    history: kept,
    // What was put off is sent by a key, which must be known for as long as it could be sent again after a restart.
    once: { age: '1d', count: 1_000 },
    allow: {
      subscribe: themselves,
      history: themselves,
      publish: ({ user, id }) => directory.mayWrite(user, id),
    },
    rate: { count: 20, per: '1m' },
    maxBytes,
    accept: stamped,
  });
  hub.topic('notifications.everyone', {
    history: kept,
    allow: { subscribe: signedIn, history: signedIn, publish: signedIn },
    rate: { count: 3, per: '1m' },
    maxBytes,
    accept: stamped,
  });
}

function defineMarks(hub: Hub<NotificationsContract>): void {
  hub.topic('notifications.read.{id}', {
    slowReader: 'latest',
    key: ({ reach, feed, offset }) => (reach === 'all' ? feed : `${feed}.${offset}`),
    // One for each notification that is kept, and for the two feeds.
    maxKeys: 2 * kept.count + 2,
    allow: { subscribe: themselves, publish: themselves },
    rate: { count: 100, per: '10s' },
    maxBytes: 256,
    async accept(mark, { id }) {
      if (mark.reach === 'one') return mark;
      // Of two windows one may be behind the other.
      const before = await readUpTo(hub, id, mark.feed);
      return { ...mark, offset: Math.max(mark.offset, before ?? 0) };
    },
  });
}
