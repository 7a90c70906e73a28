import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/socket/clock.ts';

describe("the machine's clock", () => {
  test('does not go back', () => {
    const before = systemClock.now();
    assert.ok(systemClock.now() >= before);
  });

  test('its timers do not keep a process alive, and can be cleared', () => {
    const timer = systemClock.setTimeout(() => assert.fail('it was cleared'), 1) as NodeJS.Timeout;
    assert.equal(timer.hasRef(), false);
    systemClock.clearTimeout(timer);
    systemClock.clearTimeout(undefined);
  });
});
