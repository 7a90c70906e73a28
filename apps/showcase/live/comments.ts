/** What viewers write: the newest hundred, and a line to write in. A name is a button that asks for a private line. */
import { element, fill } from '../shared/element.ts';
import type { User } from '../shared/identity.ts';
import { messageId } from '../shared/message-id.ts';
import { MessageList } from '../shared/message-list.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { type Comment, type LiveContract, maxCommentLength } from './contract.ts';

export class Comments {
  readonly #page: PageTopics<LiveContract>;
  readonly #list: MessageList;
  readonly #text: HTMLInputElement;
  #connected = false;

  constructor(page: PageTopics<LiveContract>, named: (user: User) => void) {
    this.#page = page;
    this.#list = new MessageList({ me: page.user, label: 'Comments', empty: 'Nobody has written yet.', named });
    this.#text = element('input', {
      ...{ type: 'text', id: 'live-comment', maxlength: maxCommentLength, autocomplete: 'off' },
      ...{ placeholder: 'Say something', enterkeyhint: 'send' },
    });
    const form = element(
      'form',
      { class: 'composer' },
      element('label', { class: 'unseen', for: 'live-comment' }, 'Comment'),
      this.#text,
      element('button', { type: 'submit' }, 'Send'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    fill(partOf(document, '#live-comments', HTMLElement), this.#list.root, form);
    this.#follow();
  }

  #follow(): void {
    const topic = this.#page.client.topic('live.comments');
    this.#page.watchOutbox(topic, (comment: Comment, change) => {
      if (!change.published && !change.error) this.#list.pending(comment, this.#page.client.now());
      this.#list.outbox(comment.id, change);
      this.#update();
    });
    this.#page.follow(
      topic,
      {
        publication: (comment, { position, time }) => {
          this.#list.confirmed(comment, position.offset, time);
          this.#update();
        },
        caughtUp: () => this.#list.settled(),
      },
      { last: 100, counts: true },
    );
    this.#page.watchConnected((connected) => {
      this.#connected = connected;
      this.#update();
    });
  }

  #send(): void {
    const text = this.#text.value.trim();
    if (text === '') return;
    this.#text.value = '';
    this.#text.focus();
    const comment: Comment = { id: messageId(), text, from: this.#page.user };
    this.#list.pending(comment, this.#page.client.now());
    this.#update();
    this.#page.client
      .topic('live.comments')
      .publish(comment, { key: comment.id })
      .then(
        ({ position }) => {
          this.#list.acknowledged(comment.id, position.offset);
          this.#update();
        },
        (error: unknown) => this.#list.refused(comment.id, saidOf(error)),
      );
  }

  #update(): void {
    this.#list.progress(this.#connected, () => ({ state: 'sent', says: 'sent' }));
  }
}
