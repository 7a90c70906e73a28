import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

/** The module as it is on a host with this `CloseEvent`, or without one. */
async function moduleWith(native: unknown): Promise<typeof import('../../src/client/close-event.ts')> {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'CloseEvent');
  Object.defineProperty(globalThis, 'CloseEvent', { value: native, configurable: true, writable: true });
  try {
    return await import(`../../src/client/close-event.ts?${Math.random()}`);
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'CloseEvent');
    else Object.defineProperty(globalThis, 'CloseEvent', before);
  }
}

describe('WHATWG: CloseEvent', () => {
  test("is the host's where it has one", async () => {
    class Native extends Event {}
    assert.equal((await moduleWith(Native)).CloseEvent, Native);
  });

  test('elsewhere one of our own has its attributes and their defaults', async () => {
    const { CloseEvent } = await moduleWith(undefined);
    const event = new CloseEvent('close', { code: 1000, reason: 'bye', wasClean: true });
    assert.ok(event instanceof Event);
    assert.deepEqual([event.type, event.code, event.reason, event.wasClean], ['close', 1000, 'bye', true]);
    const { code, reason, wasClean } = new CloseEvent('close');
    assert.deepEqual([code, reason, wasClean], [0, '', false]);
    assert.equal(`${event}`, '[object CloseEvent]');
  });
});
