import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, test } from 'node:test';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import type { Role } from '../../src/protocol/role.ts';
import type { Message } from '../../src/socket/inbox.ts';
import { PreparedMessage, PreparedMessages } from '../../src/socket/prepared-message.ts';
import { type Sendable, Socket } from '../../src/socket/socket.ts';
import { resolveSocketOptions, type SocketOptions } from '../../src/socket/socket-options.ts';
import { concat, hex, octets, toHex, utf8 } from '../support/bytes.ts';
import { roles } from '../support/expect-connection.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { feed } from '../support/payloads.ts';
import { Pipe, turn, until } from '../support/pipe.ts';
import { agreement, closing, expectViolation, listening, Talk } from '../support/socket-peer.ts';

const memory = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const shared = new SharedArrayBuffer(2);
new Uint8Array(shared).set([0xca, 0xfe]);

/** Two sockets, one of each role, over streams of Node's own. */
function pair(
  options: SocketOptions = {},
  deflate = options.compression !== undefined,
): Record<Role, Socket<undefined>> {
  const streams = duplexPair();
  const make = (role: Role, stream: Duplex): Socket<undefined> =>
    new Socket({
      role,
      stream,
      url: '/',
      subprotocol: '',
      options: resolveSocketOptions(options),
      data: undefined,
      onError: (error) => assert.fail(String(error)),
      clock: new ManualClock(),
      ...(deflate && { deflate: agreement }),
    });
  return { client: make('client', streams[0]), server: make('server', streams[1]) };
}

for (const role of roles) {
  const open = (options?: ConstructorParameters<typeof Talk>[1]): Talk => new Talk(role, options);

  describe(`a ${role}'s socket sends`, () => {
    for (const [what, data, sent] of [
      ['a string as text', 'héllo', 'text héllo'],
      ['an empty string', '', 'text'],
      ['a Uint8Array as binary', memory.subarray(1, 3), 'binary 0203'],
      ['a DataView', new DataView(memory.buffer, 3, 2), 'binary 0405'],
      ['a Uint16Array with an offset', new Uint16Array(memory.buffer, 2, 2), 'binary 03040506'],
      ['an ArrayBuffer', memory.buffer, 'binary 0102030405060708'],
      ['a SharedArrayBuffer', shared, 'binary cafe'],
      ['an empty ArrayBuffer', new ArrayBuffer(0), 'binary'],
    ] as [string, Sendable, string][]) {
      test(what, async () => {
        const talk = open();
        assert.equal(talk.socket.send(data), true);
        await turn();
        assert.deepEqual(talk.said, [sent]);
        assert.equal(talk.frames[0]!.key !== undefined, role === 'client', 'a client masks, a server does not');
      });
    }

    test('nothing else, and says so at once', async () => {
      const talk = open();
      for (const data of [5, null, undefined, new Blob(['x']), {}, ['a']]) {
        assert.throws(() => talk.socket.send(data as never), TypeError);
      }
      await turn();
      assert.deepEqual(talk.pipe.writes, []);
    });

    test('small data is what it was when it was sent, whatever its owner does to it', async () => {
      const talk = open();
      const data = octets(10);
      talk.socket.send(data);
      data.fill(0);
      await turn();
      assert.deepEqual(talk.said, [`binary ${toHex(octets(10))}`]);
    });

    test('64 messages of one turn in one write', async () => {
      const talk = open();
      for (let i = 0; i < 64; i++) talk.socket.send(`message ${i}`);
      assert.equal(talk.pipe.writes.length, 0);
      await turn();
      assert.equal(talk.pipe.writes.length, 1);
      assert.deepEqual(
        talk.said,
        Array.from({ length: 64 }, (_, i) => `text message ${i}`),
      );
    });

    test('replies to all messages of one chunk in one write, in the same turn', async () => {
      const talk = open();
      talk.socket.consume({ message: (socket, data) => void socket.send(data) });
      await turn();
      talk.pipe.send(concat(...Array.from({ length: 64 }, (_, i) => talk.peer.text(`echo ${i}`))));
      assert.equal(talk.pipe.writes.length, 1);
      assert.deepEqual(
        talk.said,
        Array.from({ length: 64 }, (_, i) => `text echo ${i}`),
      );
    });

    test('text of every length in which the header changes, from within a read and outside', async () => {
      for (const text of [
        'x'.repeat(125),
        'x'.repeat(126),
        'é'.repeat(63),
        'é'.repeat(100),
        'x'.repeat(65_536),
        '東'.repeat(21_846),
      ]) {
        const talk = open();
        talk.socket.consume({ message: (socket, data) => void socket.send(data) });
        talk.socket.send(text);
        await talk.receive(talk.peer.text(text));
        assert.deepEqual(talk.said, [`text ${text}`, `text ${text}`]);
      }
    });

    test('64 KiB without waiting for the end of the turn', () => {
      const talk = open();
      talk.socket.send(octets(65_536));
      assert.equal(talk.pipe.writes.length, 1);
    });

    test('a Ping with a payload of up to 125 bytes', async () => {
      const talk = open();
      talk.socket.ping();
      talk.socket.ping(utf8('Hi'));
      assert.throws(() => talk.socket.ping(octets(126)), LocalProtocolError);
      await turn();
      assert.deepEqual(talk.said, ['ping', 'ping 4869']);
    });
  });

  describe(`a ${role}'s socket receives`, () => {
    test('text as strings and binary as bytes', async () => {
      const talk = open();
      const messages = listening(talk);
      await talk.receive(talk.peer.text('héllo'), talk.peer.binary(hex`00 ff`), talk.peer.text(''));
      assert.deepEqual([messages[0], toHex(messages[1] as Uint8Array), messages[2]], ['héllo', '00ff', '']);
    });

    test('what came right behind the opening handshake, before all else', async () => {
      const peer = open().peer;
      const head = concat(peer.text('in the head'), peer.text('cut in two'));
      const talk = open({ head: head.subarray(0, -3) });
      const messages = listening(talk);
      await talk.receive(head.subarray(-3), talk.peer.text('later'));
      assert.deepEqual(messages, ['in the head', 'cut in two', 'later']);
    });

    test('large binary messages as views of the chunk, and small ones as copies that do not keep it', async () => {
      const talk = open();
      const messages = listening(talk);
      const chunk = concat(talk.peer.binary(octets(100)), talk.peer.binary(octets(20_000)));
      await talk.receive(chunk);
      const [small, large] = messages as [Uint8Array, Uint8Array];
      assert.deepEqual([toHex(small), large.buffer.byteLength], [toHex(octets(100)), chunk.length]);
      assert.notEqual(small.buffer, large.buffer);
    });

    test('a Ping, and answers it', async () => {
      const talk = open();
      await talk.receive(talk.peer.ping(utf8('Hi')));
      assert.deepEqual(talk.said, ['pong 4869']);
    });

    test('a violation, answers with its code, and stops listening', async () => {
      const talk = open();
      const messages = listening(talk);
      await talk.receive(talk.peer.text('before'), talk.peer.text('bad', { rsv: 2 }), talk.peer.text('after'));
      assert.deepEqual(messages, ['before']);
      assert.equal(talk.socket.state, 'closing-by-us');
      assert.equal(talk.pipe.ended, true);
      talk.pipe.end();
      await turn();
      expectViolation(talk, 'reserved-bit-set', 1002);
      assert.deepEqual([talk.closed!.code, talk.errors.length], [1006, 0]);
    });
  });

  describe(`a ${role}'s socket closes, RFC 6455 §7.1`, () => {
    test("by our Close and the peer's: both codes are known", async () => {
      const talk = open();
      talk.socket.close(4001, 'enough');
      assert.equal(talk.socket.state, 'closing-by-us');
      await turn();
      assert.deepEqual(talk.said, [closing(4001, 'enough')]);
      const closed = await talk.finish(4002);
      assert.deepEqual(closed, {
        code: 4002,
        reason: '',
        received: { code: 4002, reason: '' },
        sent: { code: 4001, reason: 'enough' },
        clean: true,
        error: undefined,
      });
      assert.equal(talk.socket.state, 'closed');
      assert.deepEqual(await talk.socket.closed, closed);
      assert.equal(talk.clock.pending, 0);
    });

    test("by the peer's Close, which is answered with its code", async () => {
      const talk = open();
      await talk.receive(talk.peer.close(4003, 'bye'));
      assert.deepEqual(talk.said, [closing(4003)]);
      assert.equal(talk.socket.state, 'closing-by-peer');
      // RFC 6455 §7.1.1: "the server MUST close the connection immediately", a client waits for it.
      assert.equal(talk.pipe.ended, role === 'server');
      talk.pipe.end();
      await turn();
      await turn();
      assert.deepEqual(
        [talk.closed!.code, talk.closed!.reason, talk.closed!.clean, talk.closed!.sent],
        [4003, 'bye', true, { code: 4003, reason: '' }],
      );
    });

    test('without a code is 1005 on both sides', async () => {
      const talk = open();
      talk.socket.close();
      const closed = await talk.finish();
      assert.deepEqual(talk.said, ['close']);
      assert.deepEqual([closed.code, closed.received!.code, closed.sent!.code, closed.clean], [1005, 1005, 1005, true]);
    });

    test('when both begin at the same time', async () => {
      const talk = open();
      talk.socket.close(1000);
      talk.pipe.send(talk.peer.close(1001));
      await turn();
      talk.pipe.end();
      await until(() => talk.closed !== undefined);
      assert.deepEqual(talk.said, [closing(1000)]);
      assert.deepEqual([talk.closed!.sent!.code, talk.closed!.received!.code, talk.closed!.clean], [1000, 1001, true]);
    });

    test('once: what is asked for later does nothing, and mistakes still throw', async () => {
      const talk = open();
      talk.socket.close(1000);
      talk.socket.close(1001);
      assert.throws(() => talk.socket.close(1005), LocalProtocolError);
      assert.throws(() => talk.socket.close(1000, 'x'.repeat(124)), LocalProtocolError);
      assert.throws(() => talk.socket.close(undefined, 'why'), LocalProtocolError);
      await talk.finish(1000);
      talk.socket.close(1000);
      assert.deepEqual(talk.said, [closing(1000)]);
    });

    test('a mistake in the code leaves it open', () => {
      const talk = open();
      for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN]) {
        assert.throws(() => talk.socket.close(code), LocalProtocolError);
      }
      assert.equal(talk.socket.state, 'open');
    });

    test('messages that were on their way still come after our Close', async () => {
      const talk = open();
      const messages = listening(talk);
      talk.socket.close();
      await talk.receive(talk.peer.text('on its way'));
      assert.deepEqual(messages, ['on its way']);
    });

    test('terminate cuts it at once: no Close, 1006', async () => {
      const talk = open();
      talk.socket.send('never');
      talk.socket.terminate();
      await turn();
      await turn();
      assert.deepEqual(talk.said, []);
      assert.deepEqual(
        [talk.closed!.code, talk.closed!.clean, talk.closed!.error, talk.pipe.stream.destroyed],
        [1006, false, undefined, true],
      );
      assert.equal(talk.clock.pending, 0);
    });

    test('a peer that ends the stream without a Close: 1006, and what waits is still sent', async () => {
      const talk = open();
      await turn();
      talk.socket.send('last words');
      talk.pipe.end();
      await until(() => talk.closed !== undefined);
      assert.deepEqual(talk.said, ['text last words']);
      assert.deepEqual([talk.closed!.code, talk.closed!.clean, talk.pipe.ended], [1006, false, true]);
    });

    test('a peer that ends the stream and does not read is cut after the close timeout', async () => {
      const talk = open({ heartbeat: null });
      talk.pipe.stall();
      talk.socket.send('last words');
      await turn();
      talk.pipe.end();
      await turn();
      assert.equal(talk.closed, undefined);
      talk.clock.advance(10_000);
      await until(() => talk.closed !== undefined);
      assert.equal(talk.closed!.code, 1006);
    });

    test('an error of the stream is reported', async () => {
      const talk = open();
      await turn();
      talk.pipe.cut(new Error('ECONNRESET'));
      await turn();
      assert.deepEqual(
        [talk.closed!.code, talk.closed!.clean, talk.closed!.error!.message],
        [1006, false, 'ECONNRESET'],
      );
    });

    test('a stream that broke before is noticed, with its error, after the handlers had time to be set', async () => {
      const pipe = new Pipe();
      pipe.stream.on('error', () => {});
      pipe.cut(new Error('ECONNRESET'));
      await turn();
      const talk = open({ pipe });
      const log: string[] = [];
      talk.socket.consume({ open: () => log.push('open'), close: (_socket, { code }) => log.push(`close ${code}`) });
      await turn();
      await turn();
      assert.deepEqual(log, ['open', 'close 1006']);
      assert.deepEqual([talk.closed!.code, talk.closed!.error?.message, talk.clock.pending], [1006, 'ECONNRESET', 0]);
    });

    test('a stream that the peer had ended before is noticed', async () => {
      const pipe = new Pipe();
      pipe.end();
      pipe.stream.resume();
      await turn();
      const talk = open({ pipe });
      await turn();
      await turn();
      await turn();
      assert.equal(talk.closed?.code, 1006);
    });
  });

  describe(`a ${role}'s socket with permessage-deflate`, () => {
    const compression = { threshold: 20 };
    const hello = hex`f2 48 cd c9 c9 07 00`;

    test('reads compressed messages and sends them', async () => {
      const talk = open({ deflate: agreement, compression });
      const messages = listening(talk);
      await talk.receive(
        talk.peer.text(hello, { rsv: 4 }),
        talk.peer.text(hex`f2 00 11 00 00`, { rsv: 4 }),
        talk.peer.text('plain'),
      );
      assert.deepEqual(messages, ['Hello', 'Hello', 'plain']);
      talk.socket.send('Hello', { compress: true });
      talk.socket.send('a'.repeat(30));
      talk.socket.send('short');
      await turn();
      assert.deepEqual(
        talk.frames.map(({ rsv }) => rsv),
        [0, 4, 0],
      );
    });

    test('corrupt data is 1007', async () => {
      const talk = open({ deflate: agreement, compression });
      await talk.receive(talk.peer.binary(hex`06 00`, { rsv: 4 }));
      talk.pipe.end();
      await turn();
      expectViolation(talk, 'compressed-data-corrupt', 1007);
    });

    for (const size of [4, 90_000]) {
      test(`${size} bytes of text that are no UTF-8 when they are inflated are 1007`, async () => {
        const talk = open({ deflate: agreement, compression });
        const text = new Uint8Array(size).fill(0x41);
        text[size - 1] = 0xff;
        const { deflateRawSync } = await import('node:zlib');
        await talk.receive(talk.peer.text(concat(deflateRawSync(text), hex`00`), { rsv: 4 }));
        await until(() => talk.pipe.ended);
        talk.pipe.end();
        await turn();
        expectViolation(talk, 'text-not-utf8', 1007);
      });
    }

    test('a message that grows over the limit is 1009', async () => {
      const talk = open({ deflate: agreement, compression, limits: { maxMessageBytes: 4 } });
      const messages = listening(talk);
      await talk.receive(talk.peer.text('four'), talk.peer.text(hello.subarray(0), { rsv: 4, fin: true }));
      talk.pipe.end();
      await turn();
      assert.deepEqual([messages, talk.closed!.sent!.code], [['four'], 1009]);
    });
  });
}

describe('a message made for many', () => {
  test('goes out as it was framed', async () => {
    const talk = new Talk('server');
    assert.equal(talk.socket.sendPrepared(new PreparedMessage('to all')), true);
    await turn();
    assert.deepEqual(talk.said, ['text to all']);
    assert.equal(talk.socket.sendPrepared(new PreparedMessage(octets(40_000))), true);
    await turn();
    assert.deepEqual(talk.pipe.buffers, [1, 2]);
  });

  test('goes out with others in one buffer, and one by one where compression was agreed on', async () => {
    const together = new PreparedMessages(['short', 'a'.repeat(30)].map((text) => new PreparedMessage(text)));
    const talk = new Talk('server');
    assert.equal(talk.socket.sendPrepared(together), true);
    await turn();
    assert.deepEqual([talk.said, talk.pipe.buffers], [['text short', `text ${'a'.repeat(30)}`], [1]]);
    const compressing = new Talk('server', { deflate: agreement, compression: { threshold: 20 } });
    compressing.socket.sendPrepared(together);
    await turn();
    assert.deepEqual(
      compressing.frames.map(({ rsv }) => rsv),
      [0, 4],
    );
  });

  test('is not sent when the socket is no longer open', async () => {
    const talk = new Talk('server');
    talk.socket.close();
    assert.equal(talk.socket.sendPrepared(new PreparedMessage('to all')), false);
    await turn();
    assert.deepEqual(talk.said, ['close']);
  });

  test('is refused by a client, which masks every frame anew', () => {
    assert.throws(() => new Talk('client').socket.sendPrepared(new PreparedMessage('to all')), LocalProtocolError);
  });
});

describe('what a socket knows of itself', () => {
  test('its role, URL, subprotocol and data', () => {
    const { socket } = new Talk('client');
    assert.deepEqual(
      [socket.role, socket.url, socket.subprotocol, socket.extensions, socket.data],
      ['client', '/chat', 'talk.v1', '', undefined],
    );
    assert.deepEqual([socket.state, socket.bufferedAmount, socket.latency], ['open', 0, undefined]);
  });
});

describe('two sockets', () => {
  for (const compression of [undefined, { threshold: 100 }]) {
    test(`say the same to each other ${compression ? 'with' : 'without'} compression, however large, and close`, async () => {
      const { client, server } = pair({ ...(compression && { compression }), limits: { maxMessageBytes: null } });
      const sizes = [0, 1, 125, 126, 1000, 16_383, 16_384, 65_535, 65_536, 90_000, 300_000, 3];
      const heard: Message[] = [];
      server.consume({ message: async (socket, data) => void ((await socket.writable()) && socket.send(data)) });
      client.consume({ message: (_socket, data) => void heard.push(data) });
      const sent = sizes.map((size) => feed(size));
      for (const message of sent) {
        client.send(message);
        client.send(Buffer.from(message).toString('latin1'));
      }
      await until(() => heard.length === 2 * sizes.length);
      for (const [i, message] of sent.entries()) {
        assert.equal(Buffer.compare(heard[2 * i] as Uint8Array, message), 0, `${message.length} bytes`);
        assert.equal(heard[2 * i + 1], Buffer.from(message).toString('latin1'));
      }
      client.close(1000, 'done');
      const [one, other] = await Promise.all([client.closed, server.closed]);
      assert.deepEqual([one.clean, other.clean, other.reason], [true, true, 'done']);
    });
  }

  test('echo a message of 64 KiB to each other from within their handlers', async () => {
    const { client, server } = pair();
    let rounds = 0;
    server.consume({ message: (socket, data) => void socket.send(data) });
    client.consume({
      message: (socket, data) => {
        socket.send('small');
        if (++rounds < 20) socket.send(data);
        else socket.close();
      },
    });
    client.send(octets(70_000));
    const closed = await client.closed;
    assert.equal(closed.clean, true);
    assert.ok(rounds >= 20);
  });
});
