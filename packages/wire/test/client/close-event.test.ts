import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createCloseEvent } from '../../src/client/close-event.ts';

/** Until the end of the test, the host has this `CloseEvent`, or none. */
function hostWith(t: TestContext, native: unknown): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'CloseEvent');
  Object.defineProperty(globalThis, 'CloseEvent', { value: native, configurable: true, writable: true });
  t.after(() => {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'CloseEvent');
    else Object.defineProperty(globalThis, 'CloseEvent', before);
  });
}

describe('WHATWG: CloseEvent', () => {
  test("is the host's where it has one", (t) => {
    class Native extends Event {}
    hostWith(t, Native);
    assert.ok(createCloseEvent({}) instanceof Native);
  });

  test('elsewhere one of our own has its attributes and their defaults', (t) => {
    hostWith(t, undefined);
    const event = createCloseEvent({ code: 1000, reason: 'bye', wasClean: true });
    assert.ok(event instanceof Event);
    assert.deepEqual([event.type, event.code, event.reason, event.wasClean], ['close', 1000, 'bye', true]);
    const { code, reason, wasClean } = createCloseEvent({});
    assert.deepEqual([code, reason, wasClean], [0, '', false]);
    assert.equal(`${event}`, '[object CloseEvent]');
  });
});
