/** The generator against servers that err on purpose: what a bench does not notice, it does not measure. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import { compressedTextFrame, maskingKey, textFrame } from '../frames.ts';
import { message, noise } from '../payloads.ts';
import { deflatePlan, echoPlan, fanoutPlan } from '../plan.ts';
import { type Plan, planOf, type Turn } from '../plan-format.ts';
import { makeCertificate, prepareGenerator } from '../preparation.ts';
import { type Answer, accepted, runAgainst } from './scripted-server.ts';

const text = (of: string): Uint8Array => new TextEncoder().encode(of);
const joined = (parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
const changed = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] as number) ^ 1);

/** The messages of a turn, as a server frames them. */
const frames = (turn: Turn): Uint8Array[] =>
  turn.expect.map(({ literals }) => textFrame(new Uint8Array(joined(literals))));
const faithful: Answer = (socket, turn) => void socket.write(joined(frames(turn)));

const { has } = prepareGenerator();
const withoutZlib = has.includes('deflate') ? false : 'the headers of zlib are not here';
const withoutTls = has.includes('tls') ? false : 'the headers of OpenSSL are not here';

const echo = echoPlan('ws', 0, { connections: 2, depth: 2, payload: (client, place) => message(client, place, 64) });

describe('the generator, in an echo', () => {
  test('counts what a faithful server sends back, and how long turns last', async () => {
    const { stretch } = await runAgainst(echo, faithful);
    assert.ok(stretch.messages >= 4 && stretch.messages % 2 === 0);
    assert.equal(stretch.bytes, stretch.messages * 64);
    const turns = stretch.turns.reduce((sum, [, count]) => sum + count, 0);
    assert.equal(turns, stretch.messages / 2);
    assert.ok(stretch.turns.every(([nanoseconds]) => nanoseconds > 1000 && nanoseconds < 10e9));
  });

  test('joins frames that arrive in pieces, and messages that arrive in fragments', async () => {
    const { stretch } = await runAgainst(echo, (socket, turn) => {
      const [first, second] = turn.expect.map(({ literals }) => literals[0]) as [Uint8Array, Uint8Array];
      const fragments = [Uint8Array.of(0x01, 10), first.subarray(0, 10), Uint8Array.of(0x80, 54), first.subarray(10)];
      const all = joined([...fragments, textFrame(second)]);
      socket.write(all.subarray(0, 70));
      setImmediate(() => socket.write(all.subarray(70)));
    });
    assert.ok(stretch.messages >= 4);
  });

  test('answers pings of WebSocket and of Engine.IO', async () => {
    const plan = echoPlan('socket.io', 0, { connections: 1, payload: (client, place) => message(client, place, 64) });
    const greeted = { ...plan, clients: plan.clients.map((clients) => ({ ...clients, opening: [] })) };
    const pings = joined([Uint8Array.of(0x89, 2, 0x68, 0x69), textFrame(text('2'))]);
    const { stretch, bytes } = await runAgainst(greeted, (socket, turn) => {
      socket.write(joined([pings, ...frames(turn)]));
    });
    assert.ok(stretch.messages >= 1);
    assert.ok(bytes.includes(Buffer.of(0x8a, 0x82, 0, 0, 0, 0, 0x68, 0x69)));
    assert.ok(bytes.includes(Buffer.from(textFrame(text('3'), maskingKey(1)))));
  });

  const wrongs: Record<string, readonly [Answer, RegExp]> = {
    'a changed byte': [(socket, turn) => socket.write(changed(joined(frames(turn)), 40)), /not what was awaited/],
    'a doubled message': [
      (socket, turn) => socket.write(joined([...frames(turn), frames(turn)[0] as Uint8Array])),
      /nobody awaited/,
    ],
    'exchanged messages': [(socket, turn) => socket.write(joined(frames(turn).reverse())), /not what was awaited/],
    'a message less': [(socket, turn) => socket.write(joined([...frames(turn).slice(1)])), /not what was awaited/],
    'a message with more at its end': [
      (socket, turn) =>
        socket.write(textFrame(new Uint8Array(joined([turn.expect[0]?.literals[0] as Uint8Array, text('!')])))),
      /not what was awaited/,
    ],
    'a binary frame for a text': [(socket, turn) => socket.write(joined(frames(turn)).fill(0x82, 0, 1)), /opcode 2/],
    'a compressed frame where none was agreed on': [
      (socket, turn) => socket.write(joined(frames(turn)).fill(0xc1, 0, 1)),
      /RSV1/,
    ],
    'a connection that ends': [(socket) => socket.end(), /closed a connection/],
    'a Close frame': [(socket) => socket.write(Uint8Array.of(0x88, 2, 0x03, 0xe9)), /closed by the server: 1001/],
    'somebody else’s messages': [
      (socket, turn, sockets) => sockets.find((other) => other !== socket)?.write(joined(frames(turn))),
      /not what was awaited/,
    ],
  };
  for (const [wrong, [answer, complaint]] of Object.entries(wrongs)) {
    test(`fails on ${wrong}`, async () => {
      await assert.rejects(runAgainst(echo, answer), complaint);
    });
  }

  test('fails on a message that comes when all is over', async () => {
    let late = false;
    const plan = echoPlan('ws', 0, { connections: 1, payload: (client, place) => message(client, place, 64) });
    const answer: Answer = (socket, turn) => {
      socket.write(joined(frames(turn)));
      if (late) return;
      late = true;
      setImmediate(() => socket.write(joined(frames(turn))));
    };
    await assert.rejects(runAgainst(plan, answer, { ms: 0 }), /nobody awaited/);
  });

  test('fails on a wrong Sec-WebSocket-Accept, and on an extension that was not agreed on', async () => {
    const wrong = accepted.replace('s3pP', 'xxxx');
    await assert.rejects(runAgainst(echo, faithful, { head: wrong }), /a wrong Sec-WebSocket-Accept/);
    const extended = accepted.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n');
    await assert.rejects(runAgainst(echo, faithful, { head: extended }), /not the extensions ""/);
  });
});

describe('the generator, in other works', () => {
  const large = echoPlan('net', 0, { connections: 2, payload: (client) => noise(client, 1 << 20) });

  test('compares raw bytes, in messages of 1 MiB that neither side sends at once', async () => {
    const answer: Answer = (socket, turn) => void socket.write(turn.send);
    const { stretch } = await runAgainst(large, answer, { ms: 0 });
    assert.equal(stretch.messages, 2);
    await assert.rejects(
      runAgainst(large, (socket, turn) => socket.write(changed(turn.send, 999_999))),
      /not what was awaited/,
    );
  });

  test('reads frames of 1 MiB, whose length has 64 bits', async () => {
    const plan = echoPlan('ws', 0, { connections: 1, payload: (client) => noise(client, 1 << 20) });
    const head = Buffer.from('827f0000000000100000', 'hex');
    const { stretch } = await runAgainst(plan, (socket, turn) => {
      socket.write(joined([head, turn.expect[0]?.literals[0] as Uint8Array]));
    });
    assert.equal(stretch.bytes, stretch.messages * (1 << 20));
  });

  const fanout = fanoutPlan('ws', 0, { connections: 5, depth: 2, payload: (_, place) => message(0, place, 128) });

  test('awaits a group send at everyone, and begins the next when all have it', async () => {
    const { stretch } = await runAgainst(fanout, (_, turn, sockets) => {
      for (const socket of sockets) socket.write(joined(frames(turn)));
    });
    assert.ok(stretch.messages >= 10 && stretch.messages % 10 === 0);
  });

  test('fails on a group send that one socket gets twice', async () => {
    const answer: Answer = (_, turn, sockets) => {
      for (const socket of sockets) socket.write(joined(frames(turn)));
      sockets[3]?.write(frames(turn)[1] as Uint8Array);
    };
    await assert.rejects(runAgainst(fanout, answer, { ms: 0 }), /nobody awaited/);
  });

  test('plays a script’s turns in order and from the beginning again', async () => {
    const turn = (name: string): Turn => ({
      send: textFrame(text(name), maskingKey(1)),
      expect: [{ kind: 'text', literals: [text(name)] }],
    });
    const clients = echo.clients.map((one) => ({
      ...one,
      count: 1,
      scripts: [{ turns: [turn('one'), turn('two'), turn('three')] }],
    }));
    const said: string[] = [];
    await runAgainst(planOf({ clients }), (socket, { expect, send }) => {
      said.push(new TextDecoder().decode(expect[0]?.literals[0]));
      faithful(socket, { send, expect }, []);
    });
    assert.deepEqual(said.slice(0, 4), ['one', 'two', 'three', 'one'].slice(0, said.length));
    assert.ok(said.length >= 3);
  });
});

describe('the generator, where a message is known only in part', () => {
  const plan = (framing: Plan['framing'], ...literals: string[]): Plan => {
    const turn: Turn = {
      send: textFrame(text('go'), maskingKey(1)),
      expect: [{ kind: 'text', literals: literals.map(text) }],
    };
    const clients = echo.clients.map((one) => ({ ...one, count: 1, scripts: [{ turns: [turn] }] }));
    const asides = [{ hears: text('PING\r\n'), says: textFrame(text('PONG\r\n'), maskingKey(2)) }];
    return planOf({ clients, framing, asides });
  };
  const says =
    (...payloads: string[]): Answer =>
    (socket) =>
      void socket.write(joined(payloads.map((payload) => textFrame(text(payload)))));

  test('takes any run of bytes for a wildcard, up to the next literal, or to the end if that is empty', async () => {
    await runAgainst(plan('messages', '{"id":', ',"data":1}'), says('{"id":4711,"data":1}'));
    await runAgainst(plan('messages', '{"id":', ''), says('{"id":whatever'));
    await assert.rejects(runAgainst(plan('messages', '{"id":', ',"data":1}'), says('{"id":1,"data":2}')), /awaited/);
    await assert.rejects(
      runAgainst(plan('messages', '{"id":', '}'), says(`{"id":${'1'.repeat(300)}}`)),
      /not what was awaited/,
    );
  });

  test('finds messages in a stream that is framed otherwise, and answers asides in it', async () => {
    const stream = plan('stream', 'MSG all ', '\r\nhello\r\n');
    const { stretch, bytes } = await runAgainst(stream, says('MSG al', 'l 1 5\r\nhel', 'lo\r\nPI', 'NG\r\n'));
    assert.ok(stretch.messages >= 1);
    assert.ok(bytes.includes(Buffer.from(textFrame(text('PONG\r\n'), maskingKey(2)))));
    await assert.rejects(runAgainst(stream, says('MSG all 1 5\r\nhallo\r\nMSG', 'x'.repeat(300))), /awaited/);
  });
});

describe('the generator, with permessage-deflate', { skip: withoutZlib }, () => {
  const terms = { answer: 'permessage-deflate', clientWindow: 15, clientTakeover: true, serverTakeover: true };
  const plan = deflatePlan('ws', 0, { connections: 2, cycle: 3, terms });
  const head = accepted.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n');

  /** Compresses as a server does that remembers what each socket was sent, `change`d in some way. */
  const compressing = (change: (payload: Uint8Array) => Uint8Array = (same) => same): Answer => {
    const before = new Map<Socket, Buffer>();
    return (socket, turn) => {
      const payload = change(turn.expect[0]?.literals[0] as Uint8Array);
      const dictionary = before.get(socket);
      const options = { finishFlush: constants.Z_SYNC_FLUSH, ...(dictionary && { dictionary }) };
      socket.write(compressedTextFrame(new Uint8Array(deflateRawSync(payload, options).subarray(0, -4))));
      before.set(socket, joined([dictionary ?? Buffer.alloc(0), payload]).subarray(-32768));
    };
  };

  test('inflates in the context of each socket, and counts the bytes that came', async () => {
    const { stretch } = await runAgainst(plan, compressing(), { head });
    assert.ok(stretch.messages >= 6);
    assert.ok(stretch.bytes < stretch.messages * 700);
  });

  test('takes a message that was not compressed', async () => {
    const { stretch } = await runAgainst(plan, faithful, { head });
    assert.equal(stretch.bytes, stretch.messages * 1024);
  });

  test('fails on a changed byte, and on bytes that can’t be inflated', async () => {
    await assert.rejects(
      runAgainst(
        plan,
        compressing((of) => changed(of, 500)),
        { head },
      ),
      /not what was awaited/,
    );
    const rubbish: Answer = (socket) => void socket.write(compressedTextFrame(noise(1, 100)));
    await assert.rejects(runAgainst(plan, rubbish, { head }), /can't be inflated|not what was awaited/);
  });

  test('fails when the server did not agree to compress', async () => {
    await assert.rejects(runAgainst(plan, faithful), /not the extensions "permessage-deflate"/);
  });
});

describe('the generator, with TLS', { skip: withoutTls }, () => {
  test('speaks and compares as without', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidewire-bench-'));
    try {
      const files = makeCertificate(folder);
      if (typeof files === 'string') return;
      const tls = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
      const { stretch } = await runAgainst({ ...echo, tls: true }, faithful, { tls });
      assert.ok(stretch.messages >= 4);
      const wrong: Answer = (socket, turn) => void socket.write(changed(joined(frames(turn)), 40));
      await assert.rejects(runAgainst({ ...echo, tls: true }, wrong, { tls }), /not what was awaited/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
