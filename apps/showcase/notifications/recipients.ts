/** Whom one can write to: oneself, everyone, and those in the directory, who is here now first. */
import { element, fill } from '../shared/element.ts';
import type { User } from '../shared/identity.ts';

export class Recipients {
  readonly #select: HTMLSelectElement;
  readonly #me: User;
  readonly #people = new Map<string, User>();
  #here: ReadonlySet<string> = new Set();
  #stale = false;

  constructor(select: HTMLSelectElement, me: User, signal: AbortSignal) {
    this.#select = select;
    this.#me = me;
    // A list that changes while somebody chooses from it is a nuisance.
    select.addEventListener('blur', () => this.#stale && this.#show(), { signal });
    this.#show();
  }

  /** Nobody: everyone. */
  get chosen(): User | undefined {
    const { value } = this.#select;
    return value === '*' ? undefined : (this.#people.get(value) ?? this.#me);
  }

  know(person: User): void {
    this.#people.set(person.id, person);
    this.#changed();
  }

  here(ids: ReadonlySet<string>): void {
    this.#here = ids;
    this.#changed();
  }

  #changed(): void {
    if (document.activeElement === this.#select) this.#stale = true;
    else this.#show();
  }

  #show(): void {
    this.#stale = false;
    const { value } = this.#select;
    const others = [...this.#people.values()].filter(({ id }) => id !== this.#me.id);
    others.sort((a, b) => a.name.localeCompare(b.name));
    const group = (label: string, people: readonly User[]): HTMLElement | false =>
      people.length > 0 &&
      element('optgroup', { label }, ...people.map(({ id, name }) => element('option', { value: id }, name)));
    fill(
      this.#select,
      element('option', { value: this.#me.id }, `Myself (${this.#me.name})`),
      element('option', { value: '*' }, 'Everyone'),
      group(
        'Here now',
        others.filter(({ id }) => this.#here.has(id)),
      ),
      group(
        'Away: they find it when they come',
        others.filter(({ id }) => !this.#here.has(id)),
      ),
    );
    this.#select.value = value;
    if (this.#select.selectedIndex < 0) this.#select.value = this.#me.id;
  }
}
