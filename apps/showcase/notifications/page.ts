/** The page of notifications: the two feeds and the marks of one user, put together, and where one writes. */
import type { PublicationItem } from '@tidewire/hub/client';
import { nameField } from '../shared/name-field.ts';
import { notice } from '../shared/notices.ts';
import { type HubPage, onHub } from '../shared/on-hub.ts';
import { PageTopics, saidOf } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { storedOutbox } from '../shared/stored-outbox.ts';
import { contract, type Feed, type Mark, type NotificationsContract, type Told } from './contract.ts';
import { listenDevice, showDevice } from './device-card.ts';
import { type Entry, Inbox } from './inbox.ts';
import { InboxView } from './inbox-view.ts';
import { SendDesk } from './send-desk.ts';
import { SystemNotifications } from './system-notifications.ts';

partOf(document, '#notifications-who', HTMLElement).append(nameField());
onHub(contract, run, storedOutbox('notifications'));

function run(hubPage: HubPage<NotificationsContract>): void {
  const { client, user, signal } = hubPage;
  const page = new PageTopics(hubPage);
  const inbox = new Inbox(user.id);
  const marks = client.topic('notifications.read.{id}', { id: user.id });
  // Marks of an earlier life of this page that have not got through.
  for (const { topic, data } of client.outbox) if (topic === marks.name) inbox.mark(data as Mark);
  const view = new InboxView(inbox, (mark) => void marks.publish(mark).catch(complain(signal)), signal);
  const system = new SystemNotifications({
    me: user.id,
    signal,
    isRead: (entry) => inbox.isRead(entry),
    opened: (entry) => view.markRead(entry),
    changed: showDevice,
  });
  listenDevice(system, signal);
  page.follow(marks, {
    publication(mark) {
      inbox.mark(mark);
      view.show();
      system.marked();
    },
  });
  followFeeds(page, inbox, view, (entry, missed) => {
    if (inbox.isRead(entry)) return;
    system.offer(entry);
    // Of what was missed, the badge says how many there were.
    if (!missed) view.arrived(entry);
  });
  enterDirectory(page, new SendDesk(page, signal), signal);
}

function followFeeds(
  page: PageTopics<NotificationsContract>,
  inbox: Inbox,
  view: InboxView,
  arrived: (entry: Entry, missed: boolean) => void,
): void {
  const { client, user } = page;
  const reader = (feed: Feed) => {
    // What was there before this page began is no news; what was missed since then is.
    let begun = false;
    return {
      publication(told: Told, { position: { offset }, time, replayed }: PublicationItem<Told>): void {
        const entry: Entry = { feed, offset, told, time };
        if (!inbox.add(entry)) return;
        view.show();
        if (begun) arrived(entry, replayed);
      },
      caughtUp(): void {
        begun = true;
      },
    };
  };
  const options = { last: 200, counts: true };
  page.follow(client.topic('notifications.user.{id}', { id: user.id }), reader('own'), options);
  page.follow(client.topic('notifications.everyone'), reader('everyone'), options);
}

/** Reads the directory, and enters this user where it does not have them, or had last seen them a day ago. */
function enterDirectory(page: PageTopics<NotificationsContract>, desk: SendDesk, signal: AbortSignal): void {
  const { client, user } = page;
  const people = client.topic('notifications.people');
  let mine: { readonly name: string; readonly time: number } | undefined;
  page.follow(people, {
    publication(person, { time }) {
      if (person.id === user.id) mine = { name: person.name, time };
      desk.recipients.know(person);
    },
    caughtUp() {
      const known = mine?.name === user.name && client.now() - mine.time < 86_400_000;
      if (!known) people.publish(user).catch(complain(signal));
    },
  });
  page.watchPresence(people, (here) => desk.recipients.here(here));
}

function complain(signal: AbortSignal): (error: unknown) => void {
  return (error) => signal.aborted || notice(saidOf(error), { kind: 'bad' });
}
