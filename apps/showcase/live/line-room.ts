/** One private line on the page: who it is with, what has become of it, and the conversation once it was accepted. */

import type { OutboxChange } from '@tidewire/hub/client';
import { Conversation } from '../shared/conversation.ts';
import { button, element, fill, say, words } from '../shared/element.ts';
import type { User } from '../shared/identity.ts';
import { messageId } from '../shared/message-id.ts';
import { notice } from '../shared/notices.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import type { Comment, Line, LiveContract } from './contract.ts';

export class LineRoom {
  readonly root: HTMLElement;
  readonly #page: PageTopics<LiveContract>;
  readonly #other: User;
  readonly #says: HTMLElement = element('p', { class: 'live-line-says', role: 'status' });
  readonly #buttons: HTMLElement = element('div', { class: 'live-buttons' });
  readonly #ending = new AbortController();
  #line: Line;
  #conversation: Conversation | undefined;
  #connected = false;

  constructor(page: PageTopics<LiveContract>, line: Line) {
    this.#page = page;
    this.#line = line;
    this.#other = line.from.id === page.user.id ? line.to : line.from;
    this.root = element(
      'section',
      { class: 'live-line', 'data-line': line.id, 'aria-label': `Private line: ${this.#other.name}` },
      element(
        'div',
        { class: 'live-line-head' },
        element('h3', {}, words(this.#other.name)),
        this.#buttons,
        this.#says,
      ),
    );
    this.update(line);
  }

  get since(): number {
    return this.#line.since;
  }

  /** Its state has changed. */
  update(line: Line): void {
    this.#line = line;
    const hadFocus = this.#buttons.contains(document.activeElement);
    const asked = line.state === 'asked' && line.to.id === this.#page.user.id;
    this.root.dataset['state'] = line.state;
    this.root.dataset['new'] = String(asked);
    say(this.#says, this.#wordsFor(line));
    fill(this.#buttons, ...this.#buttonsFor(line));
    if (line.state === 'open') this.#open();
    this.#conversation?.open(line.state === 'open' ? undefined : 'Nobody writes here any more.');
    // The button that was pressed is gone: the keyboard goes on at what came of it.
    if (hadFocus) this.focus();
  }

  focus(): void {
    this.root.scrollIntoView({ block: 'nearest' });
    if (this.#line.state === 'open') this.#conversation?.focus();
    else this.#buttons.querySelector('button')?.focus();
  }

  end(): void {
    this.#ending.abort();
    this.root.remove();
  }

  #wordsFor({ state, from }: Line): string {
    const other = this.#other.name;
    const mine = from.id === this.#page.user.id;
    switch (state) {
      case 'asked':
        return mine ? `Waiting for ${other} to answer …` : `${other} would like to talk to you, just the two of you.`;
      case 'open':
        return 'Only the two of you can read this.';
      case 'declined':
        return mine ? `${other} has declined.` : 'You have declined.';
      default:
        return 'It was ended.';
    }
  }

  #buttonsFor({ id, state, from }: Line): HTMLElement[] {
    const { client, user } = this.#page;
    const answer = (says: string, accept: boolean, look?: string): HTMLElement =>
      button(says, () => this.#try(client.call('live.line.answer', { line: id, accept })), { class: look });
    const end = (says: string): HTMLElement =>
      button(says, () => this.#try(client.call('live.line.end', id)), { class: 'quiet' });
    if (state === 'asked' && from.id === user.id) return [end('Take it back')];
    if (state === 'asked') return [answer('Accept', true), answer('Decline', false, 'quiet')];
    if (state === 'open') return [end('End it')];
    return [button('Ask again', () => this.#try(client.call('live.line.ask', this.#other.id)), { class: 'quiet' })];
  }

  #open(): void {
    if (this.#conversation !== undefined) return;
    const conversation = new Conversation({
      me: this.#page.user,
      label: `Private line: ${this.#other.name}`,
      empty: 'Say hello.',
      send: (text) => this.#send(text),
      typing: () => {},
    });
    this.#conversation = conversation;
    this.root.append(conversation.root);
    const topic = this.#page.client.topic('live.line.{line}', { line: this.#line.id });
    const { signal } = this.#ending;
    const waits = (message: Comment, change: OutboxChange): void => {
      if (!change.published && !change.error) conversation.list.pending(message, this.#page.client.now());
      conversation.list.outbox(message.id, change);
      this.#progress();
    };
    this.#page.watchOutbox(topic, waits, signal);
    this.#page.follow(
      topic,
      {
        publication: (message, { position, time }) => {
          conversation.list.confirmed(message, position.offset, time);
          this.#progress();
        },
        caughtUp: () => conversation.list.settled(),
      },
      { last: 200, counts: true, signal },
    );
    this.#page.watchConnected((connected) => {
      this.#connected = connected;
      this.#progress();
    }, signal);
  }

  #send(text: string): boolean {
    const list = this.#conversation!.list;
    const message: Comment = { id: messageId(), text, from: this.#page.user };
    list.pending(message, this.#page.client.now());
    this.#progress();
    this.#page.client
      .topic('live.line.{line}', { line: this.#line.id })
      .publish(message, { key: message.id })
      .then(
        ({ position }) => {
          list.acknowledged(message.id, position.offset);
          this.#progress();
        },
        (error: unknown) => list.refused(message.id, saidOf(error)),
      );
    return true;
  }

  #progress(): void {
    this.#conversation?.list.progress(this.#connected, () => ({ state: 'sent', says: 'sent' }));
  }

  async #try(doing: Promise<unknown>): Promise<void> {
    try {
      await doing;
    } catch (error) {
      notice(saidOf(error), { kind: 'bad' });
    }
  }
}
