/** The visitor's widget: one ticket at a time, opened by the first message. */
import { Conversation } from '../shared/conversation.ts';
import { button, element, fill, say } from '../shared/element.ts';
import { notice } from '../shared/notices.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import type { SupportContract, Ticket } from './contract.ts';
import { TicketRoom } from './ticket-room.ts';
import type { View } from './view.ts';

export class VisitorView implements View {
  readonly root: HTMLElement;
  readonly #page: PageTopics<SupportContract>;
  readonly #ending = new AbortController();
  readonly #title = element('h2', { id: 'widget-title' }, 'How can we help?');
  readonly #here = element('p', { class: 'here', 'aria-live': 'polite' });
  readonly #close = button('Close the ticket', () => this.#closeTicket(), { class: 'plain', hidden: true });
  readonly #body = element('div', { class: 'support-body' });
  readonly #changed: (unread: number) => void;
  #agents: ReadonlySet<string> = new Set();
  #ticket: Ticket | undefined;
  #room: TicketRoom | undefined;
  #visible = true;
  #connected = false;
  /** No ticket is shown: the next message opens one. */
  #blank = true;

  constructor(page: PageTopics<SupportContract>, changed: (unread: number) => void) {
    const { client, user } = page;
    const { signal } = this.#ending;
    this.#page = page;
    this.#changed = changed;
    this.root = element(
      'section',
      { class: 'card support-widget', 'aria-labelledby': 'widget-title' },
      element('div', { class: 'card-head' }, this.#title, element('div', { class: 'card-side' }, this.#close)),
      this.#here,
      this.#body,
    );
    this.#showBlank();
    page.follow(
      client.topic('support.visitor.{visitor}', { visitor: user.id }),
      { publication: (ticket) => this.#update(ticket) },
      { signal },
    );
    page.watchConnected((connected) => {
      this.#connected = connected;
      this.#showHere();
    }, signal);
    // To be here is all that a visitor does in the lobby.
    page.follow(client.topic('support.lobby'), { publication: () => {} }, { signal });
    page.watchPresence(
      client.topic('support.desk'),
      (agents) => {
        this.#agents = agents;
        this.#showHere();
      },
      signal,
    );
  }

  set visible(visible: boolean) {
    this.#visible = visible;
    if (this.#room) this.#room.visible = visible;
  }

  end(): void {
    this.#room?.end();
    this.#ending.abort();
  }

  #update(ticket: Ticket): void {
    // Told again after a reconnect, while a new one is being written.
    if (this.#blank && ticket.id === this.#ticket?.id) return;
    if (ticket.id !== this.#ticket?.id) this.#enter(ticket);
    this.#ticket = ticket;
    say(this.#title, `Your ticket ${ticket.id}`);
    this.#close.hidden = ticket.state === 'closed';
    const anew = button('Ask something new', () => this.#showBlank(true), { class: 'quiet' });
    if (ticket.state === 'open') this.#room?.conversation.open(undefined);
    else this.#room?.conversation.open('This ticket is closed. What was written stays here.', anew);
    this.#showHere();
  }

  #enter(ticket: Ticket): TicketRoom {
    this.#room?.end();
    const label = `Your ticket ${ticket.id}`;
    const room = new TicketRoom({
      page: this.#page,
      ticket,
      side: 'visitor',
      label,
      changed: () => this.#changed(this.#room?.unread ?? 0),
    });
    this.#room = room;
    room.visible = this.#visible;
    this.#blank = false;
    fill(this.#body, room.conversation.root);
    return room;
  }

  /** Where a ticket begins. */
  #showBlank(focus = false): void {
    const blank = new Conversation({
      me: this.#page.user,
      label: 'A new ticket',
      empty: 'Write what it is about. An agent gets it at once, or when one comes.',
      send: (text) => this.#open(text),
      typing: () => {},
    });
    blank.list.settled();
    this.#close.hidden = true;
    say(this.#title, 'How can we help?');
    fill(this.#body, blank.root);
    this.#blank = true;
    this.#showHere();
    if (focus) blank.focus();
  }

  async #open(text: string): Promise<boolean> {
    try {
      const ticket = await this.#page.client.call('support.open', null);
      this.#update(ticket);
      this.#room?.say(text);
      this.#room?.conversation.focus();
      return true;
    } catch (error) {
      notice(`The ticket could not be opened: ${saidOf(error)}`, { kind: 'bad' });
      return false;
    }
  }

  async #closeTicket(): Promise<void> {
    try {
      if (this.#ticket) await this.#page.client.call('support.close', this.#ticket.id);
    } catch (error) {
      notice(`The ticket could not be closed: ${saidOf(error)}`, { kind: 'bad' });
    }
  }

  #showHere(): void {
    this.root.classList.toggle('no-line', !this.#connected);
    const agent = this.#blank ? undefined : this.#ticket?.agent;
    const count = this.#agents.size;
    const here = agent ? this.#agents.has(agent.id) : count > 0;
    this.#here.dataset['here'] = String(here && this.#connected);
    if (!this.#connected) return say(this.#here, 'Not connected. What you write waits in this window');
    if (agent)
      say(this.#here, here ? `${agent.name} is here` : `${agent.name} has left the desk; what you write waits there`);
    else if (count === 0) say(this.#here, 'Nobody is at the desk; what you write waits there');
    else say(this.#here, count === 1 ? 'One agent is at the desk' : `${count} agents are at the desk`);
  }
}
