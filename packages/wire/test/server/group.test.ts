/** Groups: framed once, deflated at most once, and never holding what is gone. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ServerSocket } from '../../src/server/server-socket.ts';
import { zlibInTurn } from '../../src/socket/kept-zlib.ts';
import { PreparedMessage } from '../../src/socket/prepared-message.ts';
import { concat } from '../support/bytes.ts';
import { type Fields, handshake, MemoryServer, settle, type Visitor } from '../support/memory-server.ts';
import { ZlibInflater } from '../support/zlib-peer.ts';

interface Members {
  readonly memory: MemoryServer;
  readonly visitors: Visitor[];
  readonly sockets: ServerSocket<any, any>[];
}

/** A server with a visitor for each of these handshakes, all members of `all`. */
async function members(handshakes: readonly Fields[], compression: object | boolean = false): Promise<Members> {
  const memory = new MemoryServer({
    compression,
    routes: { '/': { open: (socket) => socket.join('all'), origin: 'any' } },
  });
  const visitors: Visitor[] = [];
  for (const fields of handshakes) visitors.push(await memory.visit(handshake('/', fields)));
  return { memory, visitors, sockets: memory.sockets };
}

const three = () => members([{}, {}, {}]);

describe('a send', () => {
  test('reaches every member, as text or binary', async () => {
    const { memory, visitors } = await three();
    memory.server.group('all').send('Hello');
    memory.server.group('all').send(Uint8Array.of(1, 2));
    await settle();
    for (const visitor of visitors) {
      assert.deepEqual(
        visitor.frames.map(({ opcode, key, payload }) => [opcode, key, Buffer.from(payload).toString('hex')]),
        [
          [1, undefined, Buffer.from('Hello').toString('hex')],
          [2, undefined, '0102'],
        ],
      );
    }
  });

  test('passes by the one that is excepted', async () => {
    const { memory, visitors, sockets } = await three();
    memory.server.group('all').send('not for one', { except: sockets[1]! });
    await settle();
    assert.deepEqual(
      visitors.map(({ heard }) => heard),
      [['not for one'], [], ['not for one']],
    );
  });

  test('frames once: every member is handed the same bytes', async (t: TestContext) => {
    const { memory, sockets } = await three();
    const spies = sockets.map((socket) => t.mock.method(socket, 'sendPrepared'));
    memory.server.group('all').send('Hello');
    const handed = spies.map((spy) => spy.mock.calls[0]!.arguments[0] as PreparedMessage);
    assert.ok(handed[0] instanceof PreparedMessage);
    assert.equal(new Set(handed).size, 1);
    assert.equal(new Set(handed.map(({ frame }) => frame)).size, 1);
  });

  test('writes each member what a turn brought in one write', async () => {
    const { memory, visitors } = await three();
    const before = visitors[0]!.pipe.writes.length;
    for (let i = 0; i < 16; i++) memory.server.group('all').send(`message ${i}`);
    await settle();
    assert.equal(visitors[0]!.pipe.writes.length - before, 1);
    assert.equal(visitors[0]!.heard.length, 16);
  });

  test('closes a member that does not read with 1013 and reaches the others', async () => {
    const memory = new MemoryServer({
      limits: { maxOutboxBytes: 1000 },
      routes: { '/': { open: (socket) => socket.join('all') } },
    });
    const [slow, quick] = [await memory.visit(handshake('/')), await memory.visit(handshake('/'))];
    const [socket] = memory.sockets;
    slow.pipe.stall();
    for (let i = 0; i < 4; i++) {
      memory.server.group('all').send('x'.repeat(600));
      await settle();
    }
    assert.equal(quick.heard.length, 4);
    memory.clock.advance(10_000);
    const { error, sent } = await socket!.closed;
    assert.equal((error as Error).name, 'SlowPeerError');
    assert.equal(sent?.code, 1013);
    await settle();
    assert.equal(memory.server.group('all').size, 1);
  });

  test('to nobody is no mistake, but wrong data is', () => {
    const memory = new MemoryServer({ routes: {} });
    memory.server.group('nobody').send('Hello');
    assert.throws(() => memory.server.group('nobody').send({} as string), TypeError);
  });
});

describe('a compressed send', () => {
  const offer = (parameters: string): Fields => ({ 'Sec-WebSocket-Extensions': `permessage-deflate${parameters}` });
  const text = 'Tidewire '.repeat(200);

  /** What a visitor reads, by a zlib stream of its own that lives as long as the connection. */
  async function read(visitor: Visitor, inflater: ZlibInflater): Promise<[compressed: boolean, text: string][]> {
    const messages: [boolean, string][] = [];
    for (const { rsv, payload } of visitor.frames) {
      const plain = rsv === 4 ? await inflater.inflate(payload) : payload;
      messages.push([rsv === 4, Buffer.from(plain).toString()]);
    }
    return messages;
  }

  test('deflates at most once, whatever the members agreed on, and each of them can read it', async (t: TestContext) => {
    const deflate = t.mock.method(zlibInTurn(), 'deflate');
    const agreements = [
      { fields: offer(''), windowBits: 11, takeover: true },
      { fields: offer('; server_no_context_takeover'), windowBits: 11, takeover: false },
      { fields: offer('; server_max_window_bits=11'), windowBits: 11, takeover: true },
      { fields: offer('; server_max_window_bits=9'), windowBits: 9, takeover: true },
      { fields: {}, windowBits: 0, takeover: false },
    ];
    const { memory, visitors } = await members(
      agreements.map(({ fields }) => fields),
      true,
    );
    for (const message of [`${text}1`, `${text}2`, `${text}3`]) {
      const before = deflate.mock.callCount();
      memory.server.group('all').send(message);
      await settle();
      assert.equal(deflate.mock.callCount() - before, 1);
    }
    for (const [i, { windowBits, takeover }] of agreements.entries()) {
      const inflater = new ZlibInflater({ windowBits: windowBits || 15, takeover });
      const messages = await read(visitors[i]!, inflater);
      assert.deepEqual(
        messages.map(([, message]) => message),
        [`${text}1`, `${text}2`, `${text}3`],
      );
      // One whose window is smaller than what it was compressed with gets it plain.
      assert.deepEqual(
        messages.map(([compressed]) => compressed),
        Array(3).fill(windowBits === 11),
      );
    }
  });

  test('is plain below the threshold, and as its sender says', async () => {
    const { memory, visitors } = await members([offer('')], { threshold: 100 });
    const group = memory.server.group('all');
    group.send('x'.repeat(99));
    group.send('x'.repeat(100));
    group.send('x'.repeat(99), { compress: true });
    group.send('x'.repeat(100), { compress: false });
    await settle();
    assert.deepEqual(
      visitors[0]!.frames.map(({ rsv }) => rsv),
      [0, 4, 4, 0],
    );
  });

  test('stays in order with what is sent to one member alone', async () => {
    const { memory, visitors, sockets } = await members([offer('')], true);
    sockets[0]!.send(`${text}a`);
    memory.server.group('all').send(`${text}b`);
    sockets[0]!.send(`${text}c`);
    await settle();
    const messages = await read(visitors[0]!, new ZlibInflater({ windowBits: 11, takeover: true }));
    assert.deepEqual(
      messages.map(([, message]) => message),
      [`${text}a`, `${text}b`, `${text}c`],
    );
  });
});

describe('a group', () => {
  test('is known by its name alone, with or without members', async () => {
    const { memory, sockets } = await three();
    const group = memory.server.group('later');
    assert.deepEqual([group.name, group.size], ['later', 0]);
    sockets[0]!.join('later');
    assert.equal(group.size, 1);
    sockets[0]!.leave('later');
    assert.equal(group.size, 0);
    sockets[1]!.join('later');
    assert.deepEqual([group.size, memory.server.group('later').size], [1, 1]);
  });

  test('counts a member once, and leaving without having joined is nothing', async () => {
    const { memory, sockets } = await three();
    for (let i = 0; i < 3; i++) sockets[0]!.join('a');
    assert.equal(memory.server.group('a').size, 1);
    sockets[1]!.leave('a');
    sockets[0]!.leave('a');
    sockets[0]!.leave('a');
    assert.equal(memory.server.group('a').size, 0);
  });

  test('may have any name', async () => {
    const { memory, sockets } = await three();
    for (const name of ['', '__proto__', 'constructor']) {
      assert.equal(memory.server.group(name).size, 0);
      sockets[0]!.join(name);
      assert.equal(memory.server.group(name).size, 1);
    }
  });

  test('is left when the connection ends, in whatever way', async () => {
    const { memory, visitors, sockets } = await three();
    sockets[0]!.join('other');
    await visitors[0]!.leave();
    assert.deepEqual([memory.server.group('all').size, memory.server.group('other').size], [2, 0]);
    sockets[1]!.terminate();
    await settle();
    assert.equal(memory.server.group('all').size, 1);
    visitors[2]!.pipe.cut(new Error('reset'));
    await settle();
    assert.equal(memory.server.group('all').size, 0);
  });

  test('is left before the close handler runs, and the socket is no longer the server’s', async () => {
    const seen: number[] = [];
    const memory = new MemoryServer({
      routes: {
        '/': {
          open: (socket) => socket.join('all'),
          close: () => seen.push(memory.server.group('all').size, memory.server.sockets.size),
        },
      },
    });
    const [first] = [await memory.visit(handshake('/')), await memory.visit(handshake('/'))];
    await first.leave();
    assert.deepEqual(seen, [1, 1]);
  });

  test('is not joined by a socket that is closed', async () => {
    const { memory, visitors, sockets } = await three();
    await visitors[0]!.leave();
    sockets[0]!.join('a');
    assert.equal(memory.server.group('a').size, 0);
  });

  test('costs nothing that stays when sockets come and go', async (t: TestContext) => {
    const { sockets } = await three();
    const socket = sockets[0]!;
    const closed = t.mock.getter(socket, 'closed', () => new Promise(() => {}));
    socket.leave('all');
    for (let i = 0; i < 100; i++) {
      socket.join('a');
      socket.leave('a');
    }
    assert.ok(closed.mock.callCount() <= 1, `${closed.mock.callCount()} promises wait for the end of one socket`);
  });

  test('can be left and joined while it is sent to', async (t: TestContext) => {
    const { memory, visitors, sockets } = await three();
    t.mock.method(sockets[0]!, 'sendPrepared', () => sockets.slice(0, 2).map((socket) => socket.leave('all')));
    memory.server.group('all').send('Hello');
    await settle();
    assert.deepEqual(
      visitors.map(({ heard }) => heard),
      [[], [], ['Hello']],
    );
  });
});

test('what a member is sent is not what another one could change', async () => {
  const { memory, visitors } = await three();
  const data = new Uint8Array(10).fill(7);
  memory.server.group('all').send(data);
  data.fill(0);
  await settle();
  for (const visitor of visitors) assert.deepEqual(visitor.frames[0]!.payload, concat(new Uint8Array(10).fill(7)));
});
