/** What the page measures: ages, rates, clocks, bytes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Freshness } from '../greeting/freshness.ts';
import { frameBytes } from '../greeting/wire-cost.ts';
import { ClockOffset } from '../shared/clock-offset.ts';

describe('freshness', () => {
  it('gives the mean and the worst of the ages in the window', () => {
    const freshness = new Freshness(0, 5000);
    assert.equal(freshness.ages(), undefined);
    freshness.sample(0, 9000);
    freshness.sample(4000, 100);
    freshness.sample(6000, 300);
    freshness.trim(6000);
    assert.deepEqual(freshness.ages(), { mean: 200, oldest: 300 });
  });

  it('gives costs per second, and forgets those that left the window', () => {
    const freshness = new Freshness(0, 5000);
    for (let at = 1000; at <= 10_000; at += 1000) freshness.spend(at, { requests: 1, updates: 2, bytes: 500 });
    freshness.trim(10_500);
    assert.deepEqual(freshness.rates(10_500), { requests: 1, updates: 2, bytes: 500 });
    freshness.trim(20_000);
    assert.deepEqual(freshness.rates(20_000), { requests: 0, updates: 0, bytes: 0 });
  });

  it('divides by the time it has watched so far, and by a second at least', () => {
    const freshness = new Freshness(0, 5000);
    freshness.spend(0, { requests: 4, updates: 4, bytes: 400 });
    assert.equal(freshness.rates(10).requests, 4);
    assert.equal(freshness.rates(2000).requests, 2);
  });
});

describe('the clock offset', () => {
  it('takes the middle between question and answer for the moment of the server', () => {
    const offset = new ClockOffset();
    assert.equal(offset.toServer(1000), 1000);
    offset.learn(1000, 1010, 6005);
    assert.equal(offset.toServer(1000), 6000);
  });

  it('believes the quickest answer', () => {
    const offset = new ClockOffset();
    offset.learn(1000, 1010, 6005);
    offset.learn(2000, 2800, 7790);
    assert.equal(offset.toServer(1000), 6000);
    offset.learn(3000, 3002, 8011);
    assert.equal(offset.toServer(1000), 6010);
  });

  it('forgets an old answer in time, since clocks drift', () => {
    const offset = new ClockOffset();
    offset.learn(1000, 1002, 1001);
    for (let count = 0; count < 100; count++) offset.learn(2000, 2010, 2105);
    assert.equal(offset.toServer(0), 100);
  });
});

describe('the bytes of a frame from the server (RFC 6455 §5.2)', () => {
  it('are the payload in UTF-8 and a header of 2, 4 or 10 bytes', () => {
    assert.equal(frameBytes(''), 2);
    assert.equal(frameBytes('x'.repeat(125)), 127);
    assert.equal(frameBytes('x'.repeat(126)), 130);
    assert.equal(frameBytes('é'.repeat(63)), 130);
    assert.equal(frameBytes('x'.repeat(65_535)), 65_539);
    assert.equal(frameBytes('x'.repeat(65_536)), 65_546);
  });
});
