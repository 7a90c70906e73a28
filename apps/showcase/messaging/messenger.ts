/** The whole of it for one user: their talks, the people, and the talk that is open. */
import { button, element, fill, say, words } from '../shared/element.ts';
import type { User } from '../shared/identity.ts';
import { messageId } from '../shared/message-id.ts';
import { notice } from '../shared/notices.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import { type MessagingContract, pairOf, type Talk } from './contract.ts';
import { Directory } from './directory.ts';
import { keepTalks, keptTalks } from './kept-talks.ts';
import { askForPeople } from './people-dialog.ts';
import { TalkRoom } from './talk-room.ts';
import { TalkRow } from './talk-row.ts';

interface Place {
  readonly row: TalkRow;
  readonly room: TalkRoom;
}

/** Talks beyond it are not shown; the inbox keeps a few more. */
const maxTalks = 100;

export class Messenger {
  readonly root: HTMLElement;
  readonly #page: PageTopics<MessagingContract>;
  readonly #changed: (unread: number) => void;
  readonly #places = new Map<string, Place>();
  readonly #directory: Directory;
  readonly #list = element('ul', { class: 'talk-rows', 'aria-label': 'Talks' });
  readonly #none = element('p', { class: 'people-none' }, 'Choose somebody below to begin.');
  readonly #talk = element('section', { class: 'card messenger-talk', 'aria-label': 'The talk' });
  readonly #here = element('p', { class: 'here', 'aria-live': 'polite' });
  #selected: string | undefined;
  #visible = true;
  #connected = false;

  constructor(page: PageTopics<MessagingContract>, changed: (unread: number) => void) {
    const { user } = page;
    this.#page = page;
    this.#changed = changed;
    this.#directory = new Directory(user.id, (person) => this.#begin(person));
    const group = button('New group', () => this.#newGroup(), { class: 'quiet' });
    this.root = element(
      'div',
      { class: 'messenger' },
      element(
        'div',
        { class: 'card messenger-side' },
        element(
          'section',
          { class: 'talks', 'aria-labelledby': 'talks-title' },
          element(
            'div',
            { class: 'card-head' },
            element('h2', { id: 'talks-title' }, 'Talks'),
            element('div', { class: 'card-side' }, group),
          ),
          this.#none,
          this.#list,
        ),
        this.#directory.root,
      ),
      this.#talk,
    );
    this.#showNothing();
    this.#follow();
    this.#show();
  }

  set visible(visible: boolean) {
    this.#visible = visible;
    for (const [id, { room }] of this.#places) room.visible = visible && id === this.#selected;
  }

  end(): void {
    for (const { room } of this.#places.values()) room.end();
    this.#places.clear();
  }

  #follow(): void {
    const { client, user } = this.#page;
    // What is known from before the page was loaded, so that one can go on without a connection.
    for (const talk of keptTalks(user.id)) this.#update(talk);
    this.#page.follow(client.topic('messaging.inbox.{owner}', { owner: user.id }), {
      publication: (talk) => {
        this.#update(talk);
        keepTalks(user.id, this.#talks);
      },
    });
    this.#page.follow(client.topic('messaging.people'), {
      // Once for each connection, since the server may be another one.
      joined: () => void this.#enter(),
      publication: (person) => this.#directory.add(person),
    });
    this.#page.watchConnected((connected) => {
      this.#connected = connected;
      this.root.classList.toggle('no-line', !connected);
      this.#show();
    });
    this.#page.watchPresence(client.topic('messaging.people'), (here) => {
      this.#directory.here = here;
      this.#show();
    });
  }

  get #talks(): readonly Talk[] {
    return [...this.#places.values()].map(({ room }) => room.talk);
  }

  async #enter(): Promise<void> {
    try {
      await this.#page.client.call('messaging.enter', null);
    } catch {
      // The connection broke again: the next one asks anew.
    }
  }

  #update(talk: Talk): void {
    const { user } = this.#page;
    const known = this.#places.get(talk.id);
    if (!talk.members.some(({ id }) => id === user.id)) {
      known?.room.end();
      this.#places.delete(talk.id);
      if (this.#selected === talk.id) this.#back();
    } else if (known) known.room.talk = talk;
    else if (this.#places.size < maxTalks) {
      const row = new TalkRow(talk.id, () => this.#select(talk.id));
      const label = this.#titleOf(talk);
      const room = new TalkRoom({ page: this.#page, talk, label, changed: () => this.#show() });
      this.#places.set(talk.id, { row, room });
    }
    if (this.#selected === talk.id) this.#showTalk();
    this.#show();
  }

  #titleOf({ id, title, members }: Talk): string {
    if (pairOf(id) === undefined) return title;
    return members.find((member) => member.id !== this.#page.user.id)?.name ?? '';
  }

  async #begin(person: User): Promise<void> {
    await this.#act(() => this.#page.client.call('messaging.direct', person.id));
  }

  async #newGroup(): Promise<void> {
    const people = this.#directory.others;
    const answer = await askForPeople({ title: 'A new group', says: 'Make the group', people, named: true });
    if (answer === undefined) return;
    const group = { id: messageId(), title: answer.name, members: answer.people };
    await this.#act(() => this.#page.client.call('messaging.group', group));
  }

  async #add(talk: Talk): Promise<void> {
    const people = this.#directory.others.filter(({ id }) => talk.members.every((member) => member.id !== id));
    const answer = await askForPeople({ title: `Add to ${talk.title}`, says: 'Add', people, named: false });
    if (answer === undefined) return;
    await this.#act(() => this.#page.client.call('messaging.add', { group: talk.id, members: answer.people }));
  }

  /** Does something that gives a talk, and opens it. */
  async #act(call: () => Promise<Talk>): Promise<void> {
    try {
      const talk = await call();
      this.#update(talk);
      this.#select(talk.id);
    } catch (error) {
      notice(saidOf(error), { kind: 'bad' });
    }
  }

  #select(id: string): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#selected = id;
    this.visible = this.#visible;
    this.#showTalk();
    this.#show();
    place.room.conversation.list.toNewest();
    place.room.conversation.focus();
  }

  #back(): void {
    const row = this.#places.get(this.#selected ?? '')?.row;
    this.#selected = undefined;
    this.visible = this.#visible;
    this.#showNothing();
    this.#show();
    row?.focus();
  }

  #showNothing(): void {
    fill(this.#talk, element('p', { class: 'messenger-nothing' }, 'Choose a talk, or somebody to talk to.'));
    this.root.classList.remove('reading');
  }

  #showTalk(): void {
    const room = this.#places.get(this.#selected ?? '')?.room;
    if (room === undefined) return;
    const { talk } = room;
    const isGroup = pairOf(talk.id) === undefined;
    const leave = button('Leave', () => this.#act(() => this.#page.client.call('messaging.leave', talk.id)), {
      class: 'plain',
    });
    const add = button('Add people', () => this.#add(talk), { class: 'plain' });
    const names = talk.members.map(({ name }) => name).join(', ');
    const head = element(
      'div',
      { class: 'card-head' },
      button('‹ Talks', () => this.#back(), { class: 'plain messenger-back' }),
      element('h2', {}, words(this.#titleOf(talk))),
      element('div', { class: 'card-side' }, isGroup && add, isGroup && leave),
      isGroup && words(names, { class: 'messenger-members' }),
    );
    if (this.#talk.contains(room.conversation.root)) this.#talk.firstElementChild?.replaceWith(head);
    else fill(this.#talk, head, this.#here, room.conversation.root);
    this.root.classList.add('reading');
  }

  #show(): void {
    let unread = 0;
    const places = [...this.#places.values()].sort((a, b) => b.room.time - a.room.time);
    for (const { row, room } of places) {
      const { talk } = room;
      unread += room.unread;
      row.show({
        title: this.#titleOf(talk),
        here: this.#othersHere(talk) > 0,
        unread: room.unread,
        preview: room.preview,
        time: room.time,
        selected: talk.id === this.#selected,
      });
    }
    const rows = places.map(({ row }) => row.root);
    const same =
      rows.length === this.#list.childElementCount && rows.every((row, at) => this.#list.children[at] === row);
    // What stands right stays, with the keyboard's focus.
    if (!same) this.#list.replaceChildren(...rows);
    this.#none.hidden = rows.length > 0;
    this.#showHere();
    this.#changed(unread);
  }

  #othersHere({ members }: Talk): number {
    return members.filter(({ id }) => id !== this.#page.user.id && this.#directory.isHere(id)).length;
  }

  #showHere(): void {
    const talk = this.#places.get(this.#selected ?? '')?.room.talk;
    if (talk === undefined) return;
    const here = this.#othersHere(talk);
    this.#here.dataset['here'] = String(here > 0 && this.#connected);
    if (!this.#connected) return say(this.#here, 'Not connected. What you write waits in this window');
    const name = this.#titleOf(talk);
    if (pairOf(talk.id))
      say(this.#here, here > 0 ? `${name} is here` : `${name} is not here; what you write waits there`);
    else
      say(this.#here, here > 0 ? `${here} of ${talk.members.length - 1} others are here` : 'Nobody else is here now');
  }
}
