/** The news ticker's page: items by the hub's topic, the desk by its calls. */
import type { HubClient } from '@tidewire/hub/client';
import { say } from '../shared/element.ts';
import { nameField } from '../shared/name-field.ts';
import { notice } from '../shared/notices.ts';
import { follow, type HubPage, onHub } from '../shared/on-hub.ts';
import { partOf } from '../shared/part-of.ts';
import { browserStore, readJson } from '../shared/stored.ts';
import { storedOutbox } from '../shared/stored-outbox.ts';
import { Away, awayWords, isPlace } from './away.ts';
import { type NewsContract, type NewsDesk, type NewsDraft, type NewsItem, newsContract } from './contract.ts';
import { type DeskActions, DeskPanel } from './desk-panel.ts';
import { NewsList } from './news-list.ts';
import { Newsboard } from './newsboard.ts';
import { TickerStrip } from './ticker-strip.ts';

type Client = HubClient<NewsContract>;

const inStrip = 8;

let actions: DeskActions | undefined;
const board = new Newsboard((id) => changed(id));
const list = new NewsList(board);
const strip = new TickerStrip();
const panel = new DeskPanel(() => actions);
const away = new Away({
  load: () => readJson(browserStore, 'news-seen', isPlace),
  save: (place) => browserStore.write('news-seen', JSON.stringify(place)),
});
const awayBox = partOf(document, '#away', HTMLElement);
const awayText = partOf(document, '#away-text', HTMLElement);
const lost = partOf(document, '#lost', HTMLElement);
const readers = partOf(document, '#readers', HTMLElement);

partOf(document, '#news-who', HTMLElement).append(nameField());
partOf(document, '#away-read', HTMLButtonElement).addEventListener('click', () => board.read());
document.addEventListener('visibilitychange', () => {
  if (inSight()) away.look();
});
onHub(newsContract, start, storedOutbox('news'));

function start({ client, user, signal, badge }: HubPage<NewsContract>): void {
  actions = actionsOf(client);
  // What waits from before the page was loaded, and what becomes of it.
  const unwatch = client.watchOutbox(({ topic, data, published, error }) => {
    const item = data as NewsItem;
    if (topic !== 'news.items') return;
    if (published) board.sending(item.id, 'sent');
    else if (error) board.refused(item.id);
    else board.write(item, client.state === 'connected' ? 'sending' : 'waiting');
  });
  signal.addEventListener('abort', unwatch, { once: true });
  client.watch(({ state }) => {
    for (const { data } of client.outbox)
      board.sending((data as NewsDraft).id, state === 'connected' ? 'sending' : 'waiting');
  });

  let live = false;
  const items = client.topic('news.items').subscribe({ signal });
  void follow(
    items,
    {
      joined: ({ recovered }) => {
        live = false;
        if (recovered === false) lost.hidden = false;
      },
      publication: ({ data, position, time }) => {
        board.take(data, away.came({ ...position, time }, live && inSight()));
        if (live) list.announce(data);
        if (live && inSight()) away.look();
      },
      caughtUp: () => {
        live = true;
        if (inSight()) away.look();
      },
    },
    badge,
  );
  const desk = client.topic('news.desk').subscribe({ signal });
  void follow(desk, { publication: ({ data }) => showDesk(data) });
  void watchReaders(client, signal);

  function showDesk(data: NewsDesk): void {
    const mine = data.editor?.id === user.id;
    panel.show(data, user);
    list.editable(mine ? (item) => panel.correct(item) : undefined);
  }
  showDesk({});
}

function actionsOf(client: Client): DeskActions {
  const refused = (error: unknown): void => {
    notice(error instanceof Error ? error.message : String(error), { kind: 'bad' });
  };
  return {
    take: () => client.call('news.desk.take', null).catch(refused),
    leave: () => client.call('news.desk.leave', null).catch(refused),
    publish(draft) {
      board.write(draft, client.state === 'connected' ? 'sending' : 'waiting');
      client
        .topic('news.items')
        .publish(draft)
        .then(
          () => board.sending(draft.id, 'sent'),
          (error: unknown) => {
            // Another page of this user's, or the next life of this one, still has it in its outbox.
            if (client.state === 'closed') return;
            board.refused(draft.id);
            panel.write(draft);
            refused(error);
          },
        );
    },
  };
}

async function watchReaders(client: Client, signal: AbortSignal): Promise<void> {
  const presence = client.topic('news.items').presence();
  signal.addEventListener('abort', () => void presence.return?.());
  try {
    for await (const { count } of presence) say(readers, count === 1 ? 'You alone read' : `${count} read now`);
  } catch {
    // Who may not know goes without.
    say(readers, '');
  }
}

function changed(id: string): void {
  list.changed(id);
  strip.show(board.newest(inStrip));
  const { fresh, corrected } = board.away();
  awayBox.hidden = fresh + corrected === 0;
  if (!awayBox.hidden) say(awayText, awayWords(fresh, corrected));
}

function inSight(): boolean {
  return document.visibilityState === 'visible';
}
