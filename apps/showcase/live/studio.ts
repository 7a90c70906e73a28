/** The host's place: the chair, polls, and the crowd that anybody may let in. */
import { button, element, fill, say } from '../shared/element.ts';
import { notice } from '../shared/notices.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { type LiveContract, maxOptions, type Poll, type Show } from './contract.ts';

export class Studio {
  readonly #page: PageTopics<LiveContract>;
  readonly #root: HTMLElement = partOf(document, '#live-studio', HTMLElement);
  readonly #chair: HTMLButtonElement;
  readonly #crowd: HTMLButtonElement;
  readonly #close: HTMLButtonElement;
  readonly #form: HTMLFormElement;
  #hosts = false;
  #poll: Poll | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(page: PageTopics<LiveContract>) {
    this.#page = page;
    const { client } = page;
    this.#chair = button('Take the host’s chair', () => this.#try(client.call('live.host', !this.#hosts)), {
      id: 'live-chair',
      class: 'quiet',
    });
    this.#crowd = button('Let the crowd in', () => this.#try(client.call('live.crowd', null)), {
      id: 'live-crowd',
      class: 'quiet',
    });
    this.#close = button('Close the poll', () => this.#try(client.call('live.poll.close', null)), {
      id: 'live-close',
      class: 'quiet',
    });
    this.#form = this.#newPoll();
    fill(this.#root, element('div', { class: 'live-buttons' }, this.#chair, this.#crowd, this.#close), this.#form);
    this.#draw();
  }

  show({ host, crowdUntil }: Show): void {
    this.#hosts = host?.id === this.#page.user.id;
    const says = host === undefined ? 'Nobody hosts.' : this.#hosts ? 'You host.' : `${host.name} hosts.`;
    say(partOf(document, '#live-host', HTMLElement), says);
    clearTimeout(this.#timer);
    const left = crowdUntil - this.#page.client.now();
    this.#crowd.disabled = left > 0;
    if (left > 0) this.#timer = setTimeout(() => (this.#crowd.disabled = false), left);
    this.#draw();
  }

  poll(poll: Poll): void {
    this.#poll = poll;
    this.#draw();
  }

  #draw(): void {
    say(this.#chair, this.#hosts ? 'Leave the chair' : 'Take the host’s chair');
    this.#form.hidden = !this.#hosts;
    this.#close.hidden = !this.#hosts || this.#poll?.state !== 'open';
  }

  #newPoll(): HTMLFormElement {
    const field = (says: string, id: string, most: number, required: boolean): HTMLElement =>
      element(
        'div',
        { class: 'field' },
        element('label', { for: id }, says),
        element('input', { type: 'text', id, maxlength: most, autocomplete: 'off', required }),
      );
    const options = Array.from({ length: maxOptions }, (_, i) => {
      const optional = i < 2 ? '' : ', if you like';
      return field(`Choice ${i + 1}${optional}`, `live-option-${i}`, 60, i < 2);
    });
    const form = element(
      'form',
      { class: 'live-new-poll' },
      field('A question for everybody', 'live-question', 140, true),
      element('div', { class: 'live-options' }, ...options),
      element(
        'div',
        { class: 'live-buttons' },
        element('button', { type: 'submit', id: 'live-start' }, 'Start the poll'),
      ),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#start();
    });
    return form;
  }

  async #start(): Promise<void> {
    const [question = '', ...options] = [...this.#form.querySelectorAll('input')].map(({ value }) => value.trim());
    const poll = { question, options: options.filter((option) => option !== '') };
    if (await this.#try(this.#page.client.call('live.poll.start', poll))) this.#form.reset();
  }

  async #try(doing: Promise<unknown>): Promise<boolean> {
    try {
      await doing;
      return true;
    } catch (error) {
      notice(saidOf(error), { kind: 'bad' });
      return false;
    }
  }
}
