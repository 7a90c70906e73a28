/** A talk in the list: who it is with, the newest of it, and how much is unread. */
import { button, element, fill, say } from '../shared/element.ts';
import { dayAndTime } from '../shared/times.ts';

export interface RowState {
  readonly title: string;
  /** Whether somebody else of it is here. */
  readonly here: boolean;
  readonly unread: number;
  readonly preview: string;
  /** When something was written last, ms since 1970; 0: never. */
  readonly time: number;
  readonly selected: boolean;
}

export class TalkRow {
  readonly root: HTMLLIElement;
  readonly #button: HTMLButtonElement;
  readonly #here = element('span', { class: 'here' }, element('span', { class: 'unseen' }));
  readonly #title = element('bdi', { class: 'talk-row-title' });
  readonly #time = element('span', { class: 'talk-row-time' });
  readonly #preview = element('bdi', { class: 'talk-row-preview' });
  readonly #unread = element('span', { class: 'unread', hidden: true });

  constructor(id: string, choose: () => void) {
    this.#button = button('', choose, { class: 'talk-row' });
    fill(this.#button, this.#here, this.#title, this.#time, this.#preview, this.#unread);
    this.root = element('li', { 'data-talk': id }, this.#button);
  }

  focus(): void {
    this.#button.focus();
  }

  show({ title, here, unread, preview, time, selected }: RowState): void {
    this.#here.dataset['here'] = String(here);
    say(this.#here.firstElementChild!, here ? 'Here: ' : 'Not here: ');
    say(this.#title, title);
    say(this.#time, time > 0 ? dayAndTime(time) : '');
    say(this.#preview, preview);
    this.#unread.hidden = unread === 0;
    say(this.#unread, unread > 99 ? '99+' : String(unread));
    this.#unread.setAttribute('aria-label', `${unread} unread`);
    if (selected) this.#button.setAttribute('aria-current', 'true');
    else this.#button.removeAttribute('aria-current');
  }
}
