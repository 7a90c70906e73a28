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

/** The host's where it has one. It is asked for with each event: the first look at Node's loads the whole of its Fetch. */
export function createCloseEvent(init: CloseEventInit): CloseEvent {
  return new (globalThis.CloseEvent ?? OwnCloseEvent)('close', init);
}
