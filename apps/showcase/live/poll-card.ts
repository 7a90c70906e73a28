/** The poll as a viewer has it: choices to press, and once one has chosen, or it is over, what everybody chose. */
import { element, fill, say, words } from '../shared/element.ts';
import { notice } from '../shared/notices.ts';
import { whole } from '../shared/numbers.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import type { LiveContract, Poll } from './contract.ts';

export class PollCard {
  readonly #page: PageTopics<LiveContract>;
  readonly #root: HTMLElement = partOf(document, '#live-poll', HTMLElement);
  #poll: Poll | undefined;
  /** The poll whose answer is `#mine`. */
  #asked = '';
  #mine: number | undefined;
  #busy = false;
  #shown = '';

  constructor(page: PageTopics<LiveContract>) {
    this.#page = page;
    this.#card.hidden = true;
    // Whether a vote arrived whose answer was lost, only the hub knows.
    page.watchConnected((connected) => connected && this.#poll && void this.#ask(this.#poll.id));
  }

  show(poll: Poll): void {
    this.#poll = poll;
    if (poll.id !== this.#asked) {
      this.#mine = undefined;
      void this.#ask(poll.id);
    }
    this.#draw();
  }

  get #card(): HTMLElement {
    return partOf(document, '#live-poll-card', HTMLElement);
  }

  async #ask(id: string): Promise<void> {
    this.#asked = id;
    try {
      const { option } = await this.#page.client.call('live.voted', id);
      if (this.#poll?.id === id) this.#mine = option ?? this.#mine;
      this.#draw();
    } catch {
      // The connection is gone: it is asked again with the next one.
    }
  }

  async #vote(option: number): Promise<void> {
    const poll = this.#poll;
    if (poll === undefined || this.#busy || this.#mine !== undefined) return;
    this.#busy = true;
    this.#draw();
    try {
      const voted = await this.#page.client.call('live.vote', { poll: poll.id, option }, { timeout: 10_000 });
      if (this.#poll?.id === poll.id) this.#mine = voted.option;
    } catch (error) {
      notice(`Your vote: ${saidOf(error)}`, { kind: 'bad' });
    } finally {
      this.#busy = false;
      this.#draw();
    }
  }

  #draw(): void {
    const poll = this.#poll;
    if (poll === undefined) return;
    this.#card.hidden = false;
    const state = partOf(document, '#live-poll-state', HTMLElement);
    state.dataset['state'] = poll.state === 'open' ? 'connected' : 'missed';
    say(state, poll.state === 'open' ? 'open' : 'closed');
    const shown = JSON.stringify([poll.id, poll.state, this.#mine, this.#busy]);
    // Buttons stay the same while only the counts change: one may have the focus.
    if (shown !== this.#shown) this.#build(poll);
    this.#shown = shown;
    this.#count(poll);
  }

  #build(poll: Poll): void {
    const over = poll.state === 'closed' || this.#mine !== undefined;
    const choices = poll.options.map((option, i) => {
      const bar = element('span', { class: 'live-bar', 'aria-hidden': 'true' });
      const mine = i === this.#mine;
      const made = element(
        'button',
        { type: 'button', disabled: over || this.#busy, 'data-mine': mine ? 'true' : undefined },
        bar,
        element('span', {}, words(option), mine && ' ✓'),
        element('span', { class: 'live-share' }),
      );
      made.addEventListener('click', () => void this.#vote(i));
      return element('li', {}, made);
    });
    fill(
      this.#root,
      element('p', { class: 'live-question' }, words(poll.question)),
      element('ul', { class: 'live-choices' }, ...choices),
      element('p', { class: 'live-poll-says', role: 'status' }),
    );
  }

  #count({ votes, state }: Poll): void {
    const all = votes.reduce((sum, count) => sum + count, 0);
    const told = state === 'closed' || this.#mine !== undefined;
    for (const [i, item] of [...this.#root.querySelectorAll('.live-choices li')].entries()) {
      const count = votes[i] ?? 0;
      const share = all === 0 ? 0 : Math.round((count / all) * 100);
      partOf(item, '.live-bar', HTMLElement).style.width = told ? `${share}%` : '0';
      say(partOf(item, '.live-share', HTMLElement), told ? `${whole(count)} · ${share} %` : '');
    }
    const counted = all === 1 ? '1 vote' : `${whole(all)} votes`;
    const says = this.#busy
      ? 'Sending your vote …'
      : state === 'closed'
        ? `${counted}. The poll is closed.`
        : this.#mine === undefined
          ? `${counted} so far. One each.`
          : `${counted} so far. Yours is counted.`;
    say(partOf(this.#root, '.live-poll-says', HTMLElement), says);
  }
}
