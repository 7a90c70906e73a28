/** WHATWG HTML: `CloseEvent`, which Node brings from version 23 on. */

class OwnCloseEvent extends Event {
  readonly wasClean: boolean;
  readonly code: number;
  readonly reason: string;

  constructor(type: string, init: CloseEventInit = {}) {
    super(type, init);
    this.wasClean = init.wasClean ?? false;
    this.code = init.code ?? 0;
    this.reason = init.reason ?? '';
  }

  get [Symbol.toStringTag](): string {
    return 'CloseEvent';
  }
}

export const CloseEvent: typeof globalThis.CloseEvent = globalThis.CloseEvent ?? OwnCloseEvent;
