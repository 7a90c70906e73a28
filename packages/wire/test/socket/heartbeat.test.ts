import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Heartbeat } from '../../src/socket/heartbeat.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A member that writes down when it beats. */
function member(clock: ManualClock): { beats: number[]; beat: () => void } {
  const beats: number[] = [];
  return { beats, beat: () => beats.push(clock.now()) };
}

describe('the heartbeat', () => {
  test('visits each member twice in an interval, evenly, from half an interval after it came', () => {
    const clock = new ManualClock();
    const one = member(clock);
    clock.advance(12_345);
    Heartbeat.of(clock, 32_000).add(one);
    clock.advance(64_000);
    assert.deepEqual(
      one.beats,
      [16_000, 32_000, 48_000, 64_000].map((after) => 12_345 + after),
    );
  });

  test('a member that comes between two ticks is visited within the half interval, not before nearly all of it', () => {
    const clock = new ManualClock();
    const heartbeat = Heartbeat.of(clock, 32_000);
    heartbeat.add(member(clock));
    for (const at of [100, 499, 700, 15_999]) {
      clock.advance(at - (clock.now() % 16_000));
      const [came, one] = [clock.now(), member(clock)];
      heartbeat.add(one);
      clock.advance(16_000);
      assert.equal(one.beats.length, 1);
      assert.ok(one.beats[0]! - came > 15_000, `came ${came}, first beat ${one.beats[0]}`);
    }
  });

  test('spreads its members, so that they do not all beat in one millisecond', () => {
    const clock = new ManualClock();
    const members = Array.from({ length: 64 }, () => {
      const one = member(clock);
      Heartbeat.of(clock, 32_000).add(one);
      clock.advance(250);
      return one;
    });
    clock.advance(16_000);
    assert.equal(new Set(members.map(({ beats }) => beats[0])).size, 32);
  });

  test('all members of one clock and interval share one timer, others have their own', () => {
    const clock = new ManualClock();
    for (let i = 0; i < 10; i++) Heartbeat.of(clock, 1000).add(member(clock));
    assert.equal(clock.pending, 1);
    Heartbeat.of(clock, 2000).add(member(clock));
    assert.equal(clock.pending, 2);
    Heartbeat.of(new ManualClock(), 1000).add(member(clock));
    assert.equal(clock.pending, 2);
  });

  test('without members there is no timer, and it starts again with the next one', () => {
    const clock = new ManualClock();
    const heartbeat = Heartbeat.of(clock, 1000);
    const [one, two] = [member(clock), member(clock)];
    const places = [heartbeat.add(one), heartbeat.add(two)] as const;
    heartbeat.remove(one, places[0]);
    assert.equal(clock.pending, 1);
    heartbeat.remove(two, places[1]);
    heartbeat.remove(two, places[1]);
    assert.equal(clock.pending, 0);
    heartbeat.add(one);
    clock.advance(500);
    assert.equal(one.beats.length, 1);
    assert.equal(two.beats.length, 0);
  });

  test('a member may leave while it beats, as the last one too', () => {
    const clock = new ManualClock();
    const heartbeat = Heartbeat.of(clock, 1000);
    const beating = { beat: () => heartbeat.remove(beating, place) };
    const place = heartbeat.add(beating);
    clock.advance(500);
    assert.equal(clock.pending, 0);
  });

  test('an interval too short to be spread still beats twice', () => {
    const clock = new ManualClock();
    const one = member(clock);
    Heartbeat.of(clock, 20).add(one);
    clock.advance(40);
    assert.deepEqual(one.beats, [10, 20, 30, 40]);
  });

  test('goes on for all others when one member throws', () => {
    const clock = new ManualClock();
    const heartbeat = Heartbeat.of(clock, 20);
    const one = member(clock);
    heartbeat.add({
      beat: () => {
        throw new Error('a mistake');
      },
    });
    heartbeat.add(one);
    assert.throws(() => clock.advance(10), /a mistake/);
    assert.equal(clock.pending, 1);
  });
});
