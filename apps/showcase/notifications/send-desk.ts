/** Where one writes a notification: to whom, what, and when. What goes out is told to the list below it. */
import type { HubClient, PendingPublication } from '@tidewire/hub/client';
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
    this.#showEarlier(client.outbox, signal);
  }

  #submit(event: Event): void {
    event.preventDefault();
    const title = this.#title.value.trim();
    if (title === '') return this.#title.focus();
    const told: Told = { id: messageId(), title, text: this.#text.value.trim(), from: this.#page.user };
    const to = this.recipients.chosen;
    const after = Number(this.#when.value);
    this.#sent.add(told.id, title, to?.name ?? 'everyone');
    void this.#settle(told.id, this.#publish(told, to, after), after > 0 && to !== undefined);
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

  /** Of what is put off, the topic says more than the acknowledgement does. */
  async #settle(told: string, publishing: Promise<unknown>, later: boolean): Promise<void> {
    try {
      await publishing;
      if (!later) this.#sent.settle(told, 'sent');
    } catch (error) {
      this.#sent.settle(told, 'refused', saidOf(error));
    }
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

  /** What an earlier life of this page has not got through: its outbox goes on with it. */
  #showEarlier(pending: HubClient<NotificationsContract>['outbox'], signal: AbortSignal): void {
    const waiting = new Map<string, string>();
    for (const { key, data } of pending.filter(isOfDesk)) {
      const told = 'told' in data ? data.told : data;
      this.#sent.add(told.id, told.title, 'told' in data ? data.to.name : 'somebody');
      if (!('told' in data)) waiting.set(key, told.id);
    }
    if (waiting.size === 0) return;
    const timer = setInterval(() => {
      const still = new Set(this.#page.client.outbox.map(({ key }) => key));
      for (const [key, told] of waiting) {
        if (still.has(key)) continue;
        this.#sent.settle(told, 'sent');
        waiting.delete(key);
      }
      if (waiting.size === 0) clearInterval(timer);
    }, 250);
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }
}

type OfDesk = PendingPublication & { readonly data: Told | Scheduled };

function isOfDesk(pending: PendingPublication): pending is OfDesk {
  return /^notifications\.(?:user\.|scheduled\.|everyone$)/.test(pending.topic);
}
