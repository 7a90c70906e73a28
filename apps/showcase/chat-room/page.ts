/** The chat room's page: one more client of `/chatService`, by the hub's SDK. */
import type { HubClient } from '@tidewire/hub/client';
import type { User } from '../shared/identity.ts';
import { messageId } from '../shared/message-id.ts';
import { nameField } from '../shared/name-field.ts';
import { follow, onHub } from '../shared/on-hub.ts';
import { saidOf } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { ChatLog } from './chat-log.ts';
import { contract } from './contract.ts';

/** So many lines are shown to who comes. */
const last = 50;

const log = new ChatLog();
const form = partOf(document, '#chat-form', HTMLFormElement);
const text = partOf(document, '#chat-text', HTMLInputElement);
const send = partOf(document, '#chat-send', HTMLButtonElement);

partOf(document, '#chat-who', HTMLElement).append(nameField());

onHub(
  contract,
  ({ client, user, signal, badge }) => {
    log.clear();
    send.disabled = false;
    form.addEventListener('submit', (event) => submitted(event, client, user), { signal });
    void follow(
      client.topic('chat.lobby').subscribe({ last, signal }),
      {
        publication({ data, time }) {
          const line = typeof data === 'string' ? { text: data } : data;
          const { from, via = '', id } = line;
          const mine = from?.id === user.id;
          log.add({ speaker: from?.name ?? '', text: line.text, via, time, mine }, mine ? id : undefined);
        },
        joined({ recovered }, again) {
          if (again && recovered === false) log.note('Some of what was said meanwhile is gone.');
        },
        gap: (missed) => log.note(`${missed} lines are missing here.`),
      },
      badge,
    );
  },
  () => ({}),
  '/chatService',
);

function submitted(event: Event, client: HubClient<typeof contract>, user: User): void {
  event.preventDefault();
  const said = text.value.trim();
  if (said === '') return;
  const id = messageId();
  log.pending({ speaker: user.name, text: said, via: '', time: Date.now(), mine: true }, id);
  client
    .topic('chat.lobby')
    .publish({ text: said, id })
    .catch((error: unknown) => log.refused(id, saidOf(error)));
  text.value = '';
  text.focus();
}
