/** Where one writes a notification: to whom, what, and when. What goes out is told to the list below it. */
import type { OutboxChange } from '@tidewire/hub/client';
import { messageId } from '../shared/message-id.ts';
import { notice } from '../shared/notices.ts';
import type { PageTopics } from '../shared/page-topics.ts';
import { saidOf } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import type { NotificationsContract, Scheduled, Told } from './contract.ts';
import { Recipients } from './recipients.ts';
import { SentList } from './sent-list.ts';

export class SendDesk {
  readonly recipients: Recipients;
  readonly #page: PageTopics<NotificationsContract>;
  readonly #sent: SentList;
  readonly #form = partOf(document, '#desk-form', HTMLFormElement);
  readonly #to = partOf(document, '#desk-to', HTMLSelectElement);
  readonly #title = partOf(document, '#desk-title', HTMLInputElement);
  readonly #text = partOf(document, '#desk-text', HTMLTextAreaElement);
  readonly #when = partOf(document, '#desk-when', HTMLSelectElement);

  constructor(page: PageTopics<NotificationsContract>, signal: AbortSignal) {
    const { client, user } = page;
    this.#page = page;
    this.recipients = new Recipients(this.#to, user, signal);
    this.#sent = new SentList({
      list: partOf(document, '#desk-sent', HTMLOListElement),
      signal,
      now: () => client.now(),
      connected: () => client.state === 'connected',
      cancel: (told) => void this.#cancel(told),
    });
    this.#form.addEventListener('submit', (event) => this.#submit(event), { signal });
    this.#to.addEventListener('change', () => this.#showWhen(), { signal });
    this.#showWhen();
    page.follow(client.topic('notifications.scheduled.{id}', { id: user.id }), {
      publication: (scheduled) => this.#sent.scheduled(scheduled),
    });
    const unwatch = client.watchOutbox((change) => this.#waits(change));
    signal.addEventListener('abort', unwatch, { once: true });
  }

  #submit(event: Event): void {
    event.preventDefault();
    const title = this.#title.value.trim();
    if (title === '') return this.#title.focus();
    const told: Told = { id: messageId(), title, text: this.#text.value.trim(), from: this.#page.user };
    const to = this.recipients.chosen;
    const after = Number(this.#when.value);
    this.#sent.add(told.id, title, to?.name ?? 'everyone');
    this.#publish(told, to, after).catch((error: unknown) => this.#sent.settle(told.id, 'refused', saidOf(error)));
    this.#title.value = '';
    this.#text.value = '';
    this.#when.value = '0';
    this.#title.focus();
  }

  #publish(told: Told, to: Scheduled['to'] | undefined, after: number): Promise<unknown> {
    const { client, user } = this.#page;
    const options = { key: told.id };
    if (to === undefined) return client.topic('notifications.everyone').publish(told, options);
    if (after === 0) return client.topic('notifications.user.{id}', { id: to.id }).publish(told, options);
    const scheduled: Scheduled = { told, to, after, due: 0, state: 'waiting' };
    return client.topic('notifications.scheduled.{id}', { id: user.id }).publish(scheduled, options);
  }

  async #cancel(told: string): Promise<void> {
    try {
      if (!(await this.#page.client.call('notifications.cancel', told))) notice('It was sent already');
    } catch (error) {
      notice(`It could not be canceled: ${saidOf(error)}`, { kind: 'bad' });
    }
  }

  /** To everyone at once, or not at all: what is put off has its own rate. */
  #showWhen(): void {
    const everyone = this.recipients.chosen === undefined;
    this.#when.disabled = everyone;
    if (everyone) this.#when.value = '0';
  }

  /** What waits in the outbox, or does not any more: what an earlier life of this page has not got through, too. */
  #waits(change: OutboxChange): void {
    if (!isOfDesk(change)) return;
    const { data, heldBack, published, error } = change;
    const later = 'told' in data;
    const { id, title } = later ? data.told : data;
    // Of what is put off, the topic says more than the acknowledgement does.
    if (published) return later ? undefined : this.#sent.settle(id, 'sent');
    if (error !== undefined) return this.#sent.settle(id, 'refused', saidOf(error));
    this.#sent.add(id, title, later ? data.to.name : 'somebody');
    this.#sent.waits(id, heldBack);
  }
}

type OfDesk = OutboxChange & { readonly data: Told | Scheduled };

function isOfDesk(change: OutboxChange): change is OfDesk {
  return /^notifications\.(?:user\.|scheduled\.|everyone$)/.test(change.topic);
}
