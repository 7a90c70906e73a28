import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RoundTrips } from '../../src/socket/round-trips.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('RFC 6455 §5.5.3, the Pong of a Ping', () => {
  const clock = new ManualClock();

  test('nothing is known before the first Pong', () => {
    const roundTrips = new RoundTrips(clock);
    roundTrips.pongReceived(new Uint8Array(0));
    roundTrips.pingSent();
    assert.equal(roundTrips.latest, undefined);
  });

  test('the time between is the latency', () => {
    const roundTrips = new RoundTrips(clock);
    const payload = roundTrips.pingSent();
    clock.advance(17);
    roundTrips.pongReceived(payload);
    assert.equal(roundTrips.latest, 17);
  });

  test('a Pong that answers another Ping, or none, is not measured', () => {
    const roundTrips = new RoundTrips(clock);
    const first = roundTrips.pingSent();
    const second = roundTrips.pingSent();
    clock.advance(5);
    roundTrips.pongReceived(first);
    roundTrips.pongReceived(second.subarray(1));
    assert.equal(roundTrips.latest, undefined);
    roundTrips.pongReceived(second);
    assert.equal(roundTrips.latest, 5);
  });

  test('a second Pong for the same Ping changes nothing', () => {
    const roundTrips = new RoundTrips(clock);
    const payload = roundTrips.pingSent();
    clock.advance(5);
    roundTrips.pongReceived(payload);
    clock.advance(100);
    roundTrips.pongReceived(payload);
    assert.equal(roundTrips.latest, 5);
  });
});
