/** One conversation on a page: what was written, who types, and where one writes. Enter sends, Shift and Enter break the line. */
import { element, fill, say } from './element.ts';
import type { User } from './identity.ts';
import { MessageList } from './message-list.ts';
import { TypingNotice, TypingSignal } from './typing.ts';

export interface ConversationOptions {
  readonly me: User;
  /** Whose conversation it is: `Ticket 12`, `Ann`. */
  readonly label: string;
  readonly empty: string;
  /** Sends what was written. False: it stays in the field. */
  send(text: string): boolean | Promise<boolean>;
  /** Tells the others that this one types, or not any more. */
  typing(typing: boolean): void;
  /** Somebody else began to type, or stopped. */
  typingChanged?(): void;
}

/** In UTF-16 units. */
export const maxTextLength = 2000;

let made = 0;

export class Conversation {
  readonly root: HTMLElement;
  readonly list: MessageList;
  readonly typing: TypingNotice;
  readonly #text: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #closed: HTMLElement;
  readonly #form: HTMLFormElement;

  constructor(options: ConversationOptions) {
    const { me, label, empty } = options;
    const id = `talk-text-${++made}`;
    this.list = new MessageList({ me, label, empty });
    this.typing = new TypingNotice(options.typingChanged);
    this.#text = element('textarea', {
      id,
      class: 'talk-text-field',
      rows: 1,
      maxlength: maxTextLength,
      placeholder: 'Write a message',
      autocomplete: 'off',
      enterkeyhint: 'send',
    });
    this.#send = element('button', { type: 'submit' }, 'Send');
    this.#form = element(
      'form',
      { class: 'composer talk-composer' },
      element('label', { class: 'unseen', for: id }, `Message: ${label}`),
      this.#text,
      this.#send,
    );
    this.#closed = element('p', { class: 'talk-closed', hidden: true });
    this.root = element('div', { class: 'talk' }, this.list.root, this.typing.root, this.#closed, this.#form);
    this.#listen(options);
  }

  /** Where one writes, or why one can't, and what can be done about it. */
  open(why: string | undefined, ...actions: readonly Node[]): void {
    const hadFocus = this.#closed.contains(document.activeElement);
    this.#form.hidden = why !== undefined;
    this.#closed.hidden = why === undefined;
    if (why !== undefined && actions.length === 0) say(this.#closed, why);
    else fill(this.#closed, element('span', {}, why ?? ''), ...actions);
    if (hadFocus) this.focus();
  }

  /** Goes to where one writes, or to what can be done instead, or to what was written: never to nowhere. */
  focus(): void {
    const action = this.#closed.querySelector('button');
    if (!this.#form.hidden) this.#text.focus();
    else (action ?? this.root.querySelector<HTMLElement>('[role="log"]'))?.focus();
  }

  #listen({ send, typing }: ConversationOptions): void {
    const signal = new TypingSignal(typing);
    const submit = async (): Promise<void> => {
      const text = this.#text.value.trim();
      if (text === '' || this.#send.disabled) return;
      this.#text.value = '';
      signal.stopped();
      this.#send.disabled = true;
      try {
        if (!(await send(text)) && this.#text.value === '') this.#text.value = text;
      } finally {
        this.#send.disabled = false;
        this.#text.focus();
      }
    };
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void submit();
    });
    this.#text.addEventListener('input', () => signal.typed(this.#text.value.trim()));
    this.#text.addEventListener('keydown', (event) => {
      // While a word is put together (as in Japanese), Enter ends the word.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void submit();
    });
  }
}
