/** The private lines of who this window is, the newest first; and a notice when somebody asks for one. */
import type { User } from '../shared/identity.ts';
import { notice } from '../shared/notices.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { type Line, type LiveContract, lineOf } from './contract.ts';
import { LineRoom } from './line-room.ts';

const maxShown = 6;

export class PrivateLines {
  readonly #page: PageTopics<LiveContract>;
  readonly #root: HTMLElement = partOf(document, '#live-lines', HTMLElement);
  readonly #empty: HTMLElement = partOf(document, '#live-lines-empty', HTMLElement);
  readonly #rooms = new Map<string, LineRoom>();
  /** Take away the notices of those who ask. */
  readonly #notices = new Map<string, () => void>();

  constructor(page: PageTopics<LiveContract>) {
    this.#page = page;
    this.#root.replaceChildren();
    this.#empty.hidden = false;
    page.follow(
      page.client.topic('live.inbox.{viewer}', { viewer: page.user.id }),
      { publication: (line) => this.#changed(line) },
      { counts: true },
    );
  }

  /** Asks somebody, or goes to the line that there is. */
  async ask(user: User): Promise<void> {
    const room = this.#rooms.get(lineOf(this.#page.user.id, user.id));
    try {
      const line = await this.#page.client.call('live.line.ask', user.id);
      if (line.state === 'asked') notice(`${user.name} was asked for a private line`);
      else room?.focus();
    } catch (error) {
      notice(saidOf(error), { kind: 'bad' });
    }
  }

  #changed(line: Line): void {
    const known = this.#rooms.get(line.id);
    if (known) known.update(line);
    const room = known ?? new LineRoom(this.#page, line);
    this.#rooms.set(line.id, room);
    // Moving it would take the focus from whoever writes in it.
    if (!known || line.state === 'asked') this.#root.prepend(room.root);
    this.#empty.hidden = true;
    this.#trim();
    this.#notices.get(line.id)?.();
    this.#notices.delete(line.id);
    if (line.state !== 'asked' || line.to.id !== this.#page.user.id) return;
    const show = { says: 'Show', run: () => room.focus() };
    this.#notices.set(line.id, notice(`${line.from.name} asks for a private line`, { stays: 12_000, action: show }));
  }

  #trim(): void {
    while (this.#rooms.size > maxShown) {
      const [id, oldest] = [...this.#rooms].reduce((a, b) => (b[1].since < a[1].since ? b : a));
      oldest.end();
      this.#rooms.delete(id);
    }
  }
}
