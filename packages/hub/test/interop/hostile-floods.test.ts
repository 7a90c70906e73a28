/**
 * How much a peer that means no good can ask for, hold and leave unread: every limit is an ERROR or an end with a reason, in a
 * server of its own that goes on serving a witness and holds no more than its budget, in the middle of it too.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seeded } from '../support/seeded.ts';
import { smallInLarge, soapMessage } from './hostile-input.ts';
import { HostilePeer, Scene, subprotocols, within } from './hostile-peer.ts';

let scene: Scene;
before(async () => {
  scene = await Scene.begin();
});
after(() => scene.end());
afterEach(() => scene.unharmed());

const join = (details = {}, options = {}): Promise<HostilePeer> =>
  HostilePeer.join(scene.server, 'wamp.2.json', details, options);

function add(sum: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [what, count] of Object.entries(counts)) sum[what] = (sum[what] ?? 0) + count;
}

/** Says something so many times, and gives what was answered. */
async function flood(
  peer: HostilePeer,
  times: number,
  say: (i: number) => readonly unknown[],
): Promise<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (let i = 0; i < times; ) {
    for (const most = Math.min(times, i + 1_000); i < most; i++) {
      const [code, ...rest] = say(i);
      peer.say(code, peer.nextRequest, ...rest);
    }
    add(sum, await peer.settled());
  }
  // What takes a little longer than the question whether all is settled.
  add(sum, await peer.settled());
  return sum;
}

/** Waits until the server has ended so many sessions. */
async function ended(sessions: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if ((await scene.bounded()).sessions <= sessions) return;
    await delay(20);
  }
  assert.fail('the server did not end the session');
}

/** Somebody publishes that much on a topic, until the server has no more than so many sessions. */
async function publishUntilEnded(topic: string, sessions: number, meanwhile?: () => void): Promise<void> {
  const publisher = await join();
  for (let i = 0; i < 200; i++) {
    publisher.say(16, publisher.nextRequest, {}, topic, ['x'.repeat(200_000)]);
    await publisher.settled();
    meanwhile?.();
    if (i % 10 === 9 && (await scene.bounded()).sessions <= sessions + 1) break;
  }
  await publisher.close();
  await ended(sessions);
}

const own = 3; // sessions of the witness

describe('hostile peers that ask for much', { timeout: 120_000 }, () => {
  test('10,000 subscriptions of one session: 1,000 stand, the others are refused', async () => {
    const peer = await join();
    const exact = await flood(peer, 5_000, (i) => [32, {}, `many.${i}`]);
    assert.deepEqual(exact, { 33: 1_000, 'tidewire.error.too_many': 4_000 });
    const prefixes = await flood(peer, 5_000, (i) => [32, { match: 'prefix' }, `many.${i}`]);
    assert.deepEqual(prefixes, { 'tidewire.error.too_many': 5_000 });
    const { topics } = await scene.bounded();
    assert.ok(topics <= 1_002, `${topics} topics are live`);
    await peer.close();
  });

  // Each registration sorted all others, and each call of a name that nobody has went through them: seconds, for all.
  test('thousands of patterns, of several sessions, and names that none of them matches', async () => {
    const peers = await Promise.all(Array.from({ length: 5 }, () => join()));
    for (const [at, peer] of peers.entries()) {
      await flood(peer, 500, (i) => [64, { match: 'prefix' }, `call.${i}.${at}.`]);
      await flood(peer, 500, (i) => [64, { match: 'wildcard' }, `call.${i}..${at}`]);
      await flood(peer, 500, (i) => [32, { match: 'wildcard' }, `topic.${i}..${at}`]);
      const calls = await flood(peer, 100, (i) => [48, {}, `none.${i}.1.${at}`]);
      assert.deepEqual(calls, { 'wamp.error.no_such_procedure': 100 });
      await flood(peer, 100, (i) => [16, {}, `none.${i}.1.${at}`]);
    }
    for (const peer of peers) await peer.close();
  });

  test('10,000 registrations, calls, histories, watchers: as many as may, the others are refused', async () => {
    const peer = await join();
    const registered = await flood(peer, 10_000, (i) => [64, {}, `many.${i}`]);
    assert.deepEqual(registered, { 65: 1_000, 'tidewire.error.too_many': 9_000 });
    const called = await flood(peer, 10_000, () => [48, {}, 'never', [1]]);
    assert.deepEqual(called, { 'tidewire.error.too_many': 9_900 });
    const watch = [48, { receive_progress: true }, 'tidewire.topic.watch_presence', [], { topic: 'watched.a' }];
    const watched = await flood(peer, 10_000, () => watch);
    assert.deepEqual(watched, { 50: 100, 'tidewire.error.too_many': 9_900 });
    await peer.close();
  });

  test('names of topics, by the ten thousand: so many are live, so many have a log, the witness keeps its place', async () => {
    const peer = await join();
    const published = await flood(peer, 10_000, (i) => [16, {}, `flood.${i}.${'x'.repeat(900)}`, [i]]);
    assert.deepEqual(published, {});
    await scene.bounded();
    const all = await join();
    all.say(32, all.nextRequest, { match: 'prefix' }, 'open');
    await flood(peer, 3_000, (i) => [16, {}, `open.${i}`, [i]]);
    assert.equal((await within('the end', all.closed)).reason, 'tidewire.close.unavailable');
    const { topics, reports } = await scene.bounded();
    assert.ok(topics <= 2_000);
    assert.equal(reports['subscribe: Too many topics match open'], 1);
    await peer.close();
  });

  test('keys of idempotency, by the ten thousand', async () => {
    const peer = await join();
    const once = (key: string): readonly unknown[] => [
      48,
      {},
      'tidewire.topic.publish',
      [],
      { topic: 'a.once', data: 1, key },
    ];
    const published = await flood(peer, 12_000, (i) => once(`${i}`.padStart(256)));
    assert.deepEqual(
      Object.keys(published).filter((what) => !['50', 'tidewire.error.too_many'].includes(what)),
      [],
    );
    assert.deepEqual(await flood(peer, 2, (i) => once('x'.repeat(257 * i))), { 'wamp.error.invalid_argument': 2 });
    await peer.close();
  });

  test('thousands of sessions, one after another, on one connection', async () => {
    const peer = await HostilePeer.connect(scene.server, 'wamp.2.msgpack');
    for (let i = 0; i < 2_000; i++) {
      peer.say(1, 'realm1', { roles: { callee: {} } });
      peer.say(32, 1, {}, `session.${i}`);
      peer.say(64, 2, {}, `session.${i}`);
      peer.say(6, {}, 'wamp.close.close_realm');
    }
    await peer.hello();
    assert.equal((await scene.bounded()).sessions, own + 1);
    await peer.close();
  });
});

describe('hostile peers that leave much behind', { timeout: 120_000 }, () => {
  test('sessions, watches and joins that came with a megabyte of anything keep none of it', async () => {
    const junk = Array.from({ length: 20_000 }, () => []);
    for (const subprotocol of subprotocols) {
      const peers: HostilePeer[] = [];
      for (let i = 0; i < 20; i++) peers.push(await HostilePeer.join(scene.server, subprotocol, { junk }));
      const [peer] = peers;
      for (const [call, topic] of [
        ['watch_presence', 'watched.a'],
        ['join', 'a.b'],
        ['join', 'a.c'],
      ] as const) {
        await flood(peer!, 20, (i) => [
          48,
          { receive_progress: true },
          `tidewire.topic.${call}`,
          [],
          { topic: `${topic}${i}`, junk },
        ]);
      }
      await scene.bounded();
      for (const each of peers) await each.close();
    }
  });

  test('a little that is kept does not keep what came beside it', async () => {
    for (const subprotocol of ['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor']) {
      const peer = await HostilePeer.join(scene.server, subprotocol);
      for (let i = 0; i < 60; i++) {
        peer.raw(smallInLarge(subprotocol, peer.nextRequest, `kept.${subprotocol}`.replaceAll('.2.', '')));
        if (i % 10 === 9) await peer.settled();
      }
      await peer.close();
      await scene.bounded();
    }
    const peer = await HostilePeer.connect(scene.server, 'soap');
    for (let i = 0; i < 60; i++) {
      peer.raw(
        soapMessage('say', `<text>a text of some length ${i}</text>`, { prolog: `<!--${'x'.repeat(400_000)}-->` }),
      );
      for (let answer = ''; !answer.includes('sayResponse'); ) answer = String(await peer.nextRaw());
    }
    await scene.bounded();
    await peer.close();
  });

  test('connections that vanish in the middle of anything', async () => {
    const random = seeded(7);
    const callee = await join();
    callee.say(64, callee.nextRequest, {}, 'slow.callee');
    for (let round = 0; round < 10; round++) {
      const peers = await Promise.all(
        Array.from({ length: 10 }, (_, i) => HostilePeer.join(scene.server, subprotocols[i % 4])),
      );
      for (const peer of peers) {
        for (let i = 0; i < 10; i++) peer.say(48, peer.nextRequest, {}, 'slow.callee', ['x'.repeat(random() * 5_000)]);
        peer.say(64, peer.nextRequest, {}, `gone.${peer.session}`);
        peer.say(48, peer.nextRequest, { receive_progress: true }, 'tidewire.topic.join', [], { topic: 'watched.a' });
      }
      await delay(random() * 10);
      for (const peer of peers) peer.socket.terminate();
    }
    await callee.settled();
    await callee.close();
  });
});

describe('hostile peers that do not read', { timeout: 120_000 }, () => {
  test('while megabytes are published: each is ended for it', async () => {
    const slow = await join();
    slow.say(32, slow.nextRequest, {}, 'loud.topic');
    await slow.next();
    slow.socket.pause();
    await publishUntilEnded('loud.topic', own);
    slow.socket.resume();
    assert.deepEqual(await within('the end', slow.closed), { code: 4008, reason: 'tidewire.close.slow_reader' });
    assert.match(String(slow.inbox.pop()), /^\[6,\{\},"tidewire.close.slow_reader"\]$/);
  });

  /** Says by Pongs that it has got the publications up to this one, and not in vain: totals that were not sent count for nothing. */
  const lie = (liar: HostilePeer, upTo: number): void => {
    const payload = Buffer.alloc(8);
    for (let total = Math.max(1, upTo - 400); total <= upTo; total++) {
      payload.writeDoubleBE(total);
      liar.socket.pong(payload);
    }
  };

  test('but say that they did, by Pongs: what waits for them is bounded all the same', async () => {
    const liar = await join({}, { autoPong: false });
    liar.say(32, liar.nextRequest, {}, 'loud.topic');
    await liar.next();
    liar.socket.pause();
    let total = 0;
    await publishUntilEnded('loud.topic', own, () => lie(liar, ++total));
    liar.socket.resume();
    assert.equal((await within('the end', liar.closed)).code, 1013);
  });

  test('but acknowledge: they are not listened to while they do not read', async () => {
    const liar = await join({ _tidewire_acknowledges: true });
    liar.say(32, liar.nextRequest, {}, 'loud.topic');
    await liar.next();
    liar.socket.pause();
    let total = 0;
    const acknowledge = (): void => liar.say(16, liar.nextRequest, {}, 'tidewire.session.acknowledge', [++total]);
    await publishUntilEnded('loud.topic', own, acknowledge);
    liar.socket.resume();
    assert.equal((await within('the end', liar.closed)).code, 4008);
  });

  for (const subprotocol of ['soap', undefined]) {
    test(`what they are told ${subprotocol ? 'by SOAP' : 'in plain text'}, and say that they did`, async () => {
      const liar = await HostilePeer.connect(scene.server, subprotocol, { autoPong: false });
      liar.socket.pause();
      const publisher = await join();
      const text = 'x'.repeat(900);
      for (let i = 1; i <= 60_000; i++) {
        const data = subprotocol === 'soap' ? { text } : text;
        publisher.say(16, publisher.nextRequest, {}, `room.${subprotocol ?? 'plain'}`, [data]);
        if (i % 200 > 0) continue;
        await publisher.settled();
        lie(liar, i);
        if (i % 4_000 === 0 && (await scene.bounded()).sessions <= own + 1) break;
      }
      await publisher.close();
      await ended(own);
      liar.socket.resume();
      const { code } = await within('the end', liar.closed);
      assert.ok(code === 4008 || code === 1013, `${code}`);
    });
  }

  test('what they are refused in plain text', async () => {
    const peer = await HostilePeer.connect(scene.server);
    peer.socket.pause();
    for (let i = 0; i < 20_000; i++) peer.raw('x'.repeat(1_001));
    for (let i = 0; i < 5; i++) {
      await delay(100);
      await scene.bounded();
    }
    await peer.close();
  });

  test('what they are called for: their callers are refused, and nothing grows', async () => {
    const callee = await join();
    callee.say(64, callee.nextRequest, {}, 'deaf.callee');
    await callee.next();
    callee.socket.pause();
    const caller = await join();
    const refused: Record<string, number> = {};
    for (const mode of ['killnowait', 'kill', 'skip']) {
      for (let round = 0; round < 3; round++) {
        const requests = Array.from({ length: 20 }, () => caller.nextRequest);
        for (const request of requests) caller.say(48, request, {}, 'deaf.callee', ['x'.repeat(300_000)]);
        add(refused, await caller.settled());
        for (const request of requests) caller.say(49, request, { mode });
        add(refused, await caller.settled());
        await scene.bounded();
      }
    }
    assert.ok(refused['wamp.error.canceled']! > 0 && refused['tidewire.error.too_many']! > 0, JSON.stringify(refused));
    await callee.close();
    await caller.close();
  });

  test('progress, of a callee that sends it without end, and after the end', async () => {
    const caller = await join();
    const callee = await join();
    callee.say(64, callee.nextRequest, {}, 'talkative.callee');
    await callee.next();
    caller.say(48, caller.nextRequest, { receive_progress: true }, 'talkative.callee');
    const [, request] = await callee.next();
    caller.socket.pause();
    for (let i = 0; i < 100; i++) {
      callee.say(70, request, { progress: true }, ['x'.repeat(300_000)]);
      if (i % 20 === 19) {
        await callee.settled();
        await scene.bounded();
      }
    }
    await caller.close();
    const other = await join();
    other.say(48, other.nextRequest, {}, 'talkative.callee');
    let invocation = await callee.next();
    while (invocation[0] !== 68) invocation = await callee.next();
    callee.say(70, invocation[1], {}, ['done']);
    assert.deepEqual((await other.next())[0], 50);
    callee.say(70, invocation[1], { progress: true }, ['more']);
    await callee.expectViolation();
    await other.close();
  });

  test('who comes and goes, of hundreds, and the histories that they asked for', async () => {
    const watcher = await join();
    watcher.say(48, watcher.nextRequest, { receive_progress: true }, 'tidewire.topic.watch_presence', [], {
      topic: 'watched.a',
    });
    await watcher.next();
    watcher.socket.pause();
    for (let i = 0; i < 100; i++) {
      watcher.say(48, watcher.nextRequest, {}, 'tidewire.topic.history', [], { topic: 'kept.large', last: 1_000 });
    }
    const crowd = await Promise.all(Array.from({ length: 50 }, () => join()));
    const [first] = crowd;
    for (let i = 0; i < 4; i++) first!.say(16, first!.nextRequest, {}, 'kept.large', ['x'.repeat(250_000)]);
    for (let round = 0; round < 10; round++) {
      for (const peer of crowd) {
        peer.say(32, peer.nextRequest, {}, 'watched.a');
        const [, , id] = await peer.next();
        peer.say(34, peer.nextRequest, id);
        await peer.next();
      }
    }
    await scene.bounded();
    for (const peer of [watcher, ...crowd]) await peer.close();
  });
});

describe('hostile peers that fill what is kept', { timeout: 60_000 }, () => {
  test('are refused then, and nobody else', async () => {
    const peer = await join();
    const kept = await flood(peer, 6_000, (i) => [16, { acknowledge: true }, `kept.${i}`, ['x'.repeat(5_000)]]);
    const refused = ['tidewire.error.too_many', 'tidewire.error.unavailable'];
    const unexpected = Object.keys(kept).filter((what) => !['17', ...refused].includes(what));
    assert.deepEqual(unexpected, []);
    assert.ok(kept['17']! > 0 && refused.some((what) => kept[what]! > 0));
    await peer.close();
  });
});
