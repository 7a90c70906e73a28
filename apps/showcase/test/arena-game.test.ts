/** The arena without a hub: its bytes, its rules, its seats, and what a page makes of it. No port, no clock. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ahead } from '../arena/ahead.ts';
import type { Best, Player } from '../arena/contract.ts';
import { Game, seatKept, type Window } from '../arena/game.ts';
import { LagMeter, RateMeter } from '../arena/meters.ts';
import { field, radius } from '../arena/motion.ts';
import { Playout } from '../arena/playout.ts';
import {
  type DiscState,
  type Input,
  isLater,
  maxDiscs,
  readInput,
  readSnapshot,
  type Snapshot,
  writeInput,
  writeSnapshot,
} from '../arena/snapshot.ts';
import { World } from '../arena/world.ts';

const disc: DiscState = {
  ...{ seat: 3, bot: false, away: true, dashing: false, safe: true, turn: 255 },
  ...{ x: 640.5, y: 26, vx: -1200, vy: 300, seen: 65_535, rest: 40 },
};

describe('the bytes of the arena', () => {
  it('give back the state that they were made of', () => {
    const snapshot: Snapshot = {
      tick: 4_000_000_000,
      discs: [disc, { ...disc, seat: 4, bot: true, away: false, dashing: true, safe: false }],
      gems: [{ id: 7, value: 5, x: 1279, y: 0.5 }],
    };
    assert.deepEqual(readSnapshot(writeSnapshot(snapshot)), snapshot);
    assert.deepEqual(readSnapshot(writeSnapshot({ tick: 0, discs: [], gems: [] })), { tick: 0, discs: [], gems: [] });
  });

  it('that are too few, too many or of another version are no state', () => {
    const bytes = writeSnapshot({ tick: 1, discs: [disc], gems: [] });
    for (const wrong of [new Uint8Array(0), bytes.subarray(1), bytes.subarray(0, -1), Uint8Array.of(...bytes, 0)])
      assert.equal(readSnapshot(wrong), undefined);
    assert.equal(readSnapshot(bytes.with(0, 2)), undefined);
  });

  it('of an input never go faster than a player may', () => {
    assert.deepEqual(readInput(writeInput({ number: 65_535, x: 0, y: -1, dashes: 255 })), {
      ...{ number: 65_535, x: 0, y: -1, dashes: 255 },
    });
    const both = readInput(writeInput({ number: 1, x: 1, y: 1, dashes: 0 }))!;
    assert.ok(Math.abs(Math.hypot(both.x, both.y) - 1) < 1e-9);
    assert.equal(readInput(new Uint8Array(4)), undefined);
  });

  it('number inputs around and around', () => {
    assert.deepEqual([isLater(2, 1), isLater(1, 1), isLater(1, 2), isLater(0, 65_535)], [true, false, false, true]);
  });
});

describe('the world of the arena', () => {
  it('keeps discs within the field, whatever they want', () => {
    const world = new World(() => 0.5);
    const one = world.add(false)!;
    one.wanted = { x: -1, y: 1 };
    for (let tick = 0; tick < 300; tick++) world.tick();
    assert.ok(one.x >= radius && one.y <= field.height - radius);
  });

  it('gives a point for a gem that a disc touches, once', () => {
    const world = new World(() => 0.5);
    const one = world.add(false)!;
    const [gem] = world.gems;
    Object.assign(one, { x: gem!.x, y: gem!.y });
    const lying = world.gems.filter(({ x, y }) => x === gem!.x && y === gem!.y).length;
    assert.equal(world.tick(), true);
    assert.equal(one.score, lying);
    assert.equal(world.tick(), false);
  });

  it('knocks points out of whoever is dashed into, who is safe for a while, and loses none that are not there', () => {
    const [world, one, other] = duel();
    other.score = 5;
    const before = world.gems.length;
    dashAt(world, one, other);
    assert.equal(other.score, 2);
    assert.equal(world.gems.length, before + 3);
    Object.assign(one, { dashing: 5 });
    dashAt(world, one, other);
    assert.equal(other.score, 2, 'safe');
    other.safe = 0;
    dashAt(world, one, other);
    assert.equal(other.score, 0);
  });

  it('lets nobody touch a player who is away', () => {
    const [world, one, other] = duel();
    Object.assign(other, { score: 5, away: true });
    dashAt(world, one, other);
    assert.equal(other.score, 5);
  });

  it('makes up for a dash whose input was lost, and does nothing for inputs that are overtaken', () => {
    const world = new World(() => 0.1);
    const one = world.add(false)!;
    one.take({ number: 1, x: 1, y: 0, dashes: 0 });
    one.take({ number: 3, x: 1, y: 0, dashes: 1 });
    one.take({ number: 2, x: -1, y: 0, dashes: 0 });
    world.tick();
    assert.ok(one.dashing > 0 && one.vx > 500);
    assert.equal(one.seen, 3);
  });

  it('has no more seats than it says', () => {
    const world = new World();
    for (let seat = 0; seat < maxDiscs; seat++) assert.equal(world.add(false)?.seat, seat);
    assert.equal(world.add(false), undefined);
    assert.ok(writeSnapshot(world.snapshot).length < 600);
  });
});

describe('a game in the arena', () => {
  it('gives company to one who is alone, and sends it away when people come', () => {
    const { game } = started();
    game.join(user('ann'), window(1));
    assert.equal(game.players.filter(({ bot }) => bot).length, 4);
    for (const name of ['bob', 'cid', 'dan', 'eve']) game.join(user(name), window(2));
    assert.deepEqual(
      game.players.map(({ name }) => name),
      ['ann', 'bob', 'cid', 'dan', 'eve'],
    );
    for (let i = 5; i < maxDiscs; i++) assert.ok(game.join(user(`guest${i}`), window(3)));
    assert.equal(game.join(user('late'), window(4)), undefined);
  });

  it('keeps a seat and its points for ten seconds, and then ends', async () => {
    const { game, later, kept } = started();
    const ann = window(1);
    const first = game.join(user('ann'), ann)!;
    ann.ended = true;
    await later(1000);
    assert.equal(kept.players.find(({ id }) => id === 'ann')?.away, true);
    await later(seatKept - 2000);
    const again = game.join(user('ann'), window(2))!;
    assert.deepEqual([again.seat, again.kept], [first.seat, true]);
    assert.equal(again.turn, (first.turn + 1) % 256);
    await later(3500);
    assert.equal(game.players.find(({ id }) => id === 'ann')?.away, true, 'nothing was heard of the window');
    assert.equal(await later(seatKept + 500), false);
    assert.equal(game.people, 0);
    assert.deepEqual(kept.players, [], 'no bots either');
  });

  it('hears the window that joined last, and nobody else', async () => {
    const { game, later, kept } = started();
    const { seat } = game.join(user('ann'), window(1))!;
    game.join(user('ann'), window(2));
    const input = writeInput({ number: 9, x: 1, y: 0, dashes: 0 });
    game.input('ann', 1, input);
    game.input('bob', 2, input);
    game.input('ann', 2, new Uint8Array(3));
    await later(40);
    const own = (): DiscState => readSnapshot(kept.state)!.discs.find((one) => one.seat === seat)!;
    assert.equal(own().seen, 0);
    game.input('ann', 2, input);
    await later(40);
    assert.equal(own().seen, 9);
    assert.ok(own().vx > 0);
  });

  it('goes on from what was published when the server starts again', async () => {
    const players: Player[] = [
      { seat: 5, id: 'ann', name: 'Ann', bot: false, away: false, score: 12 },
      { seat: 6, id: 'bot-6', name: 'Bo (bot)', bot: true, away: false, score: 3 },
    ];
    const best: Best[] = [{ id: 'bob', name: 'Bob', score: 40, at: 1 }];
    const { game, kept } = started();
    game.restore(players, best);
    const ticket = game.join({ id: 'ann', name: 'Anna' }, window(1))!;
    assert.deepEqual([ticket.seat, ticket.kept, ticket.score], [5, true, 12]);
    await game.save();
    assert.deepEqual(
      kept.best.map(({ id, name, score }) => [id, name, score]),
      [
        ['bob', 'Bob', 40],
        ['ann', 'Anna', 12],
      ],
    );
  });

  it('keeps the ten best, each person once', async () => {
    const { game, kept } = started();
    const best = Array.from({ length: 10 }, (_, i): Best => ({ id: `p${i}`, name: `P${i}`, score: 20 - i, at: 1 }));
    const row = { bot: false, away: false };
    game.restore(
      [
        { seat: 0, id: 'p9', name: 'P9', score: 30, ...row },
        { seat: 1, id: 'new', name: 'New', score: 15, ...row },
        { seat: 2, id: 'low', name: 'Low', score: 2, ...row },
      ],
      best,
    );
    await game.save();
    assert.equal(kept.best.length, 10);
    assert.equal(kept.best[0]?.id, 'p9');
    assert.equal(kept.best.filter(({ id }) => id === 'p9').length, 1);
    assert.ok(kept.best.some(({ id }) => id === 'new') && !kept.best.some(({ id }) => id === 'low'));
  });
});

describe('what a page makes of states', () => {
  const at = (tick: number, x: number): Snapshot => ({ tick, discs: [{ ...disc, x }], gems: [] });

  it('draws others between two states, a moment late', () => {
    const playout = new Playout();
    for (let tick = 0; tick <= 6; tick++) playout.add(at(tick, tick * 10), 1000 + (tick * 1000) / 30);
    // 85 ms behind tick 6 is tick 3.45.
    const [shown] = playout.discs(1200);
    assert.ok(Math.abs(shown!.x - 34.5) < 1e-6);
    assert.ok(Math.abs(playout.age(1220) - 20) < 1e-6);
  });

  it('takes no older state, and begins anew when the server has', () => {
    const playout = new Playout();
    assert.equal(playout.add(at(9000, 1), 300_000), true);
    assert.equal(playout.add(at(8999, 2), 300_010), false);
    assert.equal(playout.add(at(3, 7), 300_050), true);
    assert.equal(playout.discs(300_060)[0]!.x, 7);
  });

  it('shows what one presses at once, and mends what the server saw otherwise little by little', () => {
    const ahead = new Ahead();
    const still: DiscState = { ...disc, x: 600, y: 400, vx: 0, vy: 0, rest: 0 };
    ahead.place(still, 1, 0, 60, 1000);
    ahead.gave({ x: 1, y: 0 }, false, 1000);
    const moved = ahead.place(still, 1, 50, 60, 1050);
    assert.ok(moved.x > 600);
    const corrected = ahead.place({ ...still, x: 640 }, 2, 0, 60, 1051);
    assert.ok(corrected.x < 620, `${corrected.x}`);
    assert.ok(ahead.place({ ...still, x: 640 }, 2, 0, 60, 2000).x > 640);
    assert.equal(ahead.place({ ...still, x: 20 }, 3, 0, 0, 2001).x, 20, 'too far to be mended slowly');
  });

  it('moves one’s own disc evenly over a line that takes 80 ms each way, and ends where the server has it', () => {
    const world = new World(() => 0.02);
    const own = world.add(false)!;
    Object.assign(own, { x: 300, y: 400 });
    const [ahead, playout, lag] = [new Ahead(), new Playout(), new LagMeter()];
    const inputs: { due: number; input: Input }[] = [];
    const states: { due: number; snapshot: Snapshot }[] = [];
    const shown: number[] = [];
    let number = 0;
    let sentAt = Number.NEGATIVE_INFINITY;
    let nextTick = 1000;
    for (let now = 1000; now < 5000; now += 10) {
      const x = now >= 1500 && now < 2200 ? 1 : 0;
      if (now - sentAt >= 100) {
        const input = { number: ++number, x, y: 0, dashes: 0 };
        inputs.push({ due: now + 80, input });
        lag.sent(number, now);
        ahead.gave(input, false, now);
        sentAt = now;
      }
      while (inputs[0] && inputs[0].due <= now) own.take(inputs.shift()!.input);
      if (now >= nextTick) {
        nextTick += 1000 / 30;
        world.tick();
        states.push({ due: now + 80, snapshot: readSnapshot(writeSnapshot(world.snapshot))! });
      }
      while (states[0] && states[0].due <= now) {
        playout.add(states.shift()!.snapshot, now);
        lag.seen(playout.newest!.discs[0]!.seen, now);
      }
      const { newest } = playout;
      if (newest) shown.push(ahead.place(newest.discs[0]!, newest.tick, playout.age(now), lag.lag ?? 0, now).x);
    }
    const steps = shown.slice(1).map((x, i) => x - shown[i]!);
    // The disc goes up to 490 units a second: 4.9 in a frame.
    assert.ok(Math.min(...steps) > -1.5, `back by ${Math.min(...steps)}`);
    assert.ok(Math.max(...steps) < 7, `ahead by ${Math.max(...steps)}`);
    assert.ok(shown[shown.length - 1]! > 500);
    assert.ok(Math.abs(shown[shown.length - 1]! - own.x) < 2, `${shown[shown.length - 1]} is not ${own.x}`);
  });

  it('foresees a dash only when the disc is ready for it', () => {
    const speed = (rest: number): number => {
      const ahead = new Ahead();
      ahead.gave({ x: 1, y: 0 }, true, 1000);
      return ahead.place({ ...disc, x: 600, vx: 0, rest }, 1, 30, 60, 1030).vx;
    };
    assert.ok(speed(0) > 500);
    assert.ok(speed(40) < 100);
  });

  it('measures lag by the number that a state has seen, and rates over two seconds', () => {
    const lag = new LagMeter();
    lag.sent(1, 100);
    lag.sent(2, 120);
    lag.seen(2, 170);
    lag.seen(2, 300);
    lag.seen(77, 300);
    assert.deepEqual([lag.lag, lag.latest], [50, 50]);
    const rate = new RateMeter();
    for (let i = 0; i < 60; i++) rate.add((i * 1000) / 30, 100);
    assert.deepEqual(rate.read(1999), { count: 30, size: 3000 });
    assert.deepEqual(rate.read(5000), { count: 0, size: 0 });
  });
});

/** A game with a clock of its own; `later` plays on for so many ms. */
function started() {
  const kept: { players: Player[]; best: Best[]; state: Uint8Array } = {
    players: [],
    best: [],
    state: new Uint8Array(),
  };
  let now = 1_000_000;
  const game = new Game({
    now: () => now,
    random: () => 0.4,
    outlet: {
      state: (state) => (kept.state = state),
      players: async (players) => (kept.players = players),
      best: async (best) => (kept.best = best),
    },
  });
  const later = async (ms: number): Promise<boolean> => {
    let goesOn = true;
    for (const end = now + ms; now < end; now += 1000 / 30) {
      goesOn = game.step();
      // What is published is kept before the next tick.
      await game.save();
    }
    return goesOn;
  };
  return { game, kept, later };
}

function user(name: string): { id: string; name: string } {
  return { id: name, name };
}

function window(id: number): { -readonly [Key in keyof Window]: Window[Key] } {
  return { id, ended: false };
}

/** Two discs, away from gems and edges, who can be hit. */
function duel() {
  const world = new World(() => 0.02);
  const [one, other] = [world.add(false)!, world.add(false)!];
  one.safe = 0;
  other.safe = 0;
  return [world, one, other] as const;
}

/** Puts one right beside the other, dashing at it, for one tick. */
function dashAt(world: World, one: ReturnType<typeof duel>[1], other: ReturnType<typeof duel>[1]): void {
  Object.assign(one, { x: 600, y: 400, vx: 600, vy: 0, dashing: 5 });
  Object.assign(other, { x: 640, y: 400, vx: 0, vy: 0 });
  world.tick();
}
