/** "Ann is typing …": shown while it is so, and told to the others while one types oneself. Worthless later, so never kept. */
import { element, say } from './element.ts';
import type { User } from './identity.ts';

/** How long somebody types without being heard of again, ms. */
const believedFor = 4000;
/** How often it is told, ms. */
const toldEvery = 2000;

/** Who types. */
export class TypingNotice {
  readonly root: HTMLElement = element('p', { class: 'talk-typing', 'aria-live': 'polite' });
  readonly #typing = new Map<string, { readonly name: string; readonly timer: ReturnType<typeof setTimeout> }>();
  readonly #changed: (() => void) | undefined;

  constructor(changed?: () => void) {
    this.#changed = changed;
  }

  get someone(): boolean {
    return this.#typing.size > 0;
  }

  heard({ id, name }: User, typing: boolean): void {
    clearTimeout(this.#typing.get(id)?.timer);
    this.#typing.delete(id);
    if (typing && this.#typing.size < 20) {
      const timer = setTimeout(() => this.heard({ id, name }, false), believedFor);
      this.#typing.set(id, { name, timer });
    }
    this.#show();
  }

  #show(): void {
    const names = [...this.#typing.values()].map(({ name }) => name);
    const [first] = names;
    const says = names.length > 1 ? `${names.length} are typing …` : first ? `${first} is typing …` : '';
    say(this.root, says);
    this.#changed?.();
  }
}

/** Tells that one types: at most every two seconds while it goes on, and once when it is over. */
export class TypingSignal {
  readonly #tell: (typing: boolean) => void;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(tell: (typing: boolean) => void) {
    this.#tell = tell;
  }

  typed(text: string): void {
    if (text === '') return this.stopped();
    const now = performance.now();
    if (now - this.#toldAt < toldEvery) return;
    this.#toldAt = now;
    this.#tell(true);
  }

  stopped(): void {
    if (this.#toldAt === Number.NEGATIVE_INFINITY) return;
    this.#toldAt = Number.NEGATIVE_INFINITY;
    this.#tell(false);
  }
}
