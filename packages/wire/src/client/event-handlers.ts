/**
 * Event handler IDL attributes (`onopen` and its like), WHATWG HTML §8.1.8.1: a handler takes its place among the listeners
 * when it is first set, keeps that place while it is replaced, and loses it when it is set to null.
 */

export class EventHandlers {
  readonly #target: EventTarget;
  readonly #handlers = new Map<string, object>();
  readonly #listener = (event: Event): void => {
    const handler = this.#handlers.get(event.type);
    // Web IDL `[LegacyTreatNonObjectAsNull]`: any object can be set, and one that can't be called does nothing.
    if (typeof handler === 'function' && handler.call(this.#target, event) === false) event.preventDefault();
  };

  constructor(target: EventTarget) {
    this.#target = target;
  }

  get(type: string): object | null {
    return this.#handlers.get(type) ?? null;
  }

  set(type: string, handler: unknown): void {
    if ((typeof handler === 'object' && handler !== null) || typeof handler === 'function') {
      if (!this.#handlers.has(type)) this.#target.addEventListener(type, this.#listener);
      this.#handlers.set(type, handler);
    } else if (this.#handlers.delete(type)) {
      this.#target.removeEventListener(type, this.#listener);
    }
  }
}
