/** The people: those who are here, and everybody else by a few letters of their name. Choosing somebody begins a talk. */
import { button, element, fill, words } from '../shared/element.ts';
import type { User } from '../shared/identity.ts';

const maxShown = 40;
/** Those who came first are forgotten first, as the server does. */
const maxKnown = 1000;

export class Directory {
  readonly root: HTMLElement;
  readonly #me: string;
  readonly #choose: (person: User) => void;
  readonly #people = new Map<string, User>();
  readonly #find = element('input', {
    type: 'search',
    id: 'find',
    autocomplete: 'off',
    placeholder: 'Find somebody who is not here',
  });
  readonly #list = element('ul', { class: 'people', 'aria-label': 'People' });
  readonly #none = element('p', { class: 'people-none' });
  #here: ReadonlySet<string> = new Set();
  #shown = '';

  constructor(me: string, choose: (person: User) => void) {
    this.#me = me;
    this.#choose = choose;
    this.root = element(
      'section',
      { class: 'directory', 'aria-labelledby': 'people-title' },
      element('h2', { id: 'people-title' }, 'People'),
      element('label', { class: 'unseen', for: 'find' }, 'Find somebody'),
      this.#find,
      this.#none,
      this.#list,
    );
    this.#find.addEventListener('input', () => this.#show());
    this.#show();
  }

  /** Everybody else, who is here first. */
  get others(): readonly User[] {
    const others = [...this.#people.values()].filter(({ id }) => id !== this.#me);
    const rank = ({ id }: User): number => (this.#here.has(id) ? 0 : 1);
    return others.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  }

  isHere(id: string): boolean {
    return this.#here.has(id);
  }

  add(person: User): void {
    this.#people.delete(person.id);
    this.#people.set(person.id, person);
    if (this.#people.size > maxKnown) this.#people.delete(this.#people.keys().next().value!);
    this.#show();
  }

  set here(here: ReadonlySet<string>) {
    this.#here = here;
    this.#show();
  }

  #show(): void {
    const wanted = this.#find.value.trim().toLowerCase();
    const found = ({ id, name }: User): boolean =>
      wanted === '' ? this.#here.has(id) : name.toLowerCase().includes(wanted);
    const people = this.others.filter(found).slice(0, maxShown);
    const shown = JSON.stringify(people.map(({ id, name }) => [id, name, this.#here.has(id)]));
    this.#none.hidden = people.length > 0;
    this.#none.textContent = wanted ? 'Nobody has such a name.' : 'Nobody else is here: open a second window.';
    // What has not changed stays, with the keyboard's focus.
    if (shown === this.#shown) return;
    this.#shown = shown;
    fill(this.#list, ...people.map((person) => this.#row(person)));
  }

  #row(person: User): HTMLLIElement {
    const here = this.#here.has(person.id);
    const row = button('', () => this.#choose(person), { class: 'person', 'data-person': person.id });
    fill(
      row,
      words(person.name),
      element('span', { class: 'here', 'data-here': String(here) }, here ? 'here' : 'not here'),
    );
    return element('li', {}, row);
  }
}
