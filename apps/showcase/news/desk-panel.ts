/**
 * The editor's desk: who has it, taking and leaving it, and the form in which its holder writes and corrects. What the hub
 * refuses is put back into the form.
 */
import { fill, words } from '../shared/element.ts';
import type { User } from '../shared/identity.ts';
import { partOf } from '../shared/part-of.ts';
import { timeElement } from '../shared/times.ts';
import type { NewsDesk, NewsDraft, NewsItem } from './contract.ts';

export interface DeskActions {
  take(): Promise<unknown>;
  leave(): Promise<unknown>;
  publish(draft: NewsDraft): void;
}

export class DeskPanel {
  readonly #who: HTMLElement = partOf(document, '#desk-who', HTMLElement);
  readonly #take: HTMLButtonElement = partOf(document, '#desk-take', HTMLButtonElement);
  readonly #leave: HTMLButtonElement = partOf(document, '#desk-leave', HTMLButtonElement);
  readonly #form: HTMLFormElement = partOf(document, '#desk-form', HTMLFormElement);
  readonly #title: HTMLElement = partOf(document, '#desk-form-title', HTMLElement);
  readonly #headline: HTMLInputElement = partOf(document, '#desk-headline', HTMLInputElement);
  readonly #text: HTMLTextAreaElement = partOf(document, '#desk-text', HTMLTextAreaElement);
  readonly #breaking: HTMLInputElement = partOf(document, '#desk-breaking', HTMLInputElement);
  readonly #submit: HTMLButtonElement = partOf(document, '#desk-submit', HTMLButtonElement);
  readonly #cancel: HTMLButtonElement = partOf(document, '#desk-cancel', HTMLButtonElement);
  readonly #actions: () => DeskActions | undefined;
  /** The id of the item that is corrected. */
  #correcting: string | undefined;

  constructor(actions: () => DeskActions | undefined) {
    this.#actions = actions;
    this.#take.addEventListener('click', () => this.#busy(this.#take, 'take'));
    this.#leave.addEventListener('click', () => this.#busy(this.#leave, 'leave'));
    this.#cancel.addEventListener('click', () => this.#clear());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#publish();
    });
  }

  /** Says who has the desk. */
  show({ editor, since }: NewsDesk, me: User): void {
    const mine = editor?.id === me.id;
    const focused = document.activeElement;
    const when = since === undefined ? [] : [', since ', timeElement(since)];
    if (mine) fill(this.#who, 'The desk is yours', ...when, '.');
    else if (editor) fill(this.#who, 'At the desk: ', words(editor.name, { class: 'editor' }), ...when, '.');
    else fill(this.#who, 'Nobody is at the desk.');
    this.#take.hidden = mine;
    this.#leave.hidden = !mine;
    this.#form.hidden = !mine;
    if (focused === this.#take || focused === this.#leave) this.#keepFocus();
  }

  /** Puts an item into the form. */
  correct({ id, headline, text, breaking }: NewsItem): void {
    this.write({ id, headline, text, breaking });
    this.#correcting = id;
    this.#title.textContent = 'Correct an item';
    this.#submit.textContent = 'Publish the correction';
    this.#cancel.hidden = false;
    this.#headline.focus();
  }

  /** Puts words back that were not taken. */
  write({ headline, text, breaking }: NewsDraft): void {
    this.#headline.value = headline;
    this.#text.value = text;
    this.#breaking.checked = breaking;
  }

  async #busy(button: HTMLButtonElement, what: 'take' | 'leave'): Promise<void> {
    button.disabled = true;
    await this.#actions()
      ?.[what]()
      .catch(() => {});
    button.disabled = false;
    // A button that is disabled, or is hidden by what it did, has lost the keyboard.
    if (document.activeElement !== document.body) return;
    button.focus();
    this.#keepFocus();
  }

  #keepFocus(): void {
    const hidden = this.#take.hidden ? this.#take : this.#leave;
    const focused = document.activeElement;
    if (focused !== hidden && focused !== document.body) return;
    if (this.#take.hidden) this.#headline.focus();
    else this.#take.focus();
  }

  #publish(): void {
    const headline = this.#headline.value.trim();
    const actions = this.#actions();
    if (headline === '' || actions === undefined) return this.#headline.focus();
    const id = this.#correcting ?? newId();
    actions.publish({ id, headline, text: this.#text.value.trim(), breaking: this.#breaking.checked });
    this.#clear();
    this.#headline.focus();
  }

  #clear(): void {
    this.#form.reset();
    this.#correcting = undefined;
    this.#title.textContent = 'Write an item';
    this.#submit.textContent = 'Publish';
    this.#cancel.hidden = true;
  }
}

/** 96 random bits: the id makes an item the same one, however often it is sent. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join('-');
}
