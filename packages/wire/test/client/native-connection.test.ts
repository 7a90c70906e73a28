import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '../../src/client/browser.ts';
import { type NativeWebSocket, nativeOpener } from '../../src/client/native-connection.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settled } from './fake-opener.ts';

/** A browser's WebSocket as far as it is used. */
class FakeWebSocket {
  static made: FakeWebSocket[] = [];
  readonly url: string;
  readonly protocols: string[];
  readonly extensions = 'permessage-deflate';
  protocol = '';
  readyState: 0 | 1 | 2 | 3 = 0;
  bufferedAmount = 0;
  binaryType: BinaryType = 'blob';
  onopen: ((event: Event) => unknown) | null = null;
  onmessage: ((event: MessageEvent) => unknown) | null = null;
  onclose: ((event: CloseEvent) => unknown) | null = null;
  readonly sent: unknown[] = [];
  readonly closes: (readonly unknown[])[] = [];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocket.made.push(this);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(...args: unknown[]): void {
    this.closes.push(args);
    this.readyState = 2;
  }

  opens(): void {
    this.readyState = 1;
    this.onopen?.(new Event('open'));
  }

  receives(data: unknown): void {
    this.onmessage?.(new MessageEvent('message', { data }));
  }

  closesWith(code: number, reason = '', wasClean = true): void {
    this.readyState = 3;
    this.onclose?.({ code, reason, wasClean } as CloseEvent);
  }
}

const WebSocket = FakeWebSocket as unknown as new (url: string, protocols: string[]) => NativeWebSocket;

function newest(): FakeWebSocket {
  return FakeWebSocket.made.at(-1)!;
}

async function opened() {
  const opening = nativeOpener({ url: 'ws://h/', WebSocket }).open(new AbortController().signal);
  await settled();
  newest().opens();
  return { connection: await opening, native: newest() };
}

describe('nativeOpener', () => {
  test('resolves URLs against the page, and makes URL and subprotocols afresh for each attempt', async () => {
    let attempt = 0;
    const opener = nativeOpener({
      url: async () => `/chat?token=${++attempt}`,
      subprotocols: () => ['a', 'b'],
      base: 'https://example.com/page',
      WebSocket,
    });
    for (const token of [1, 2]) {
      opener.open(new AbortController().signal);
      await settled();
      assert.equal(newest().url, `wss://example.com/chat?token=${token}`);
      assert.deepEqual(newest().protocols, ['a', 'b']);
    }
  });

  test('an abort while the token is fetched opens nothing, one while connecting closes', async () => {
    const made = FakeWebSocket.made.length;
    const token = Promise.withResolvers<string>();
    const early = new AbortController();
    const opening = nativeOpener({ url: () => token.promise, WebSocket }).open(early.signal);
    early.abort(new Error('early'));
    token.resolve('ws://h/');
    await assert.rejects(opening, /early/);
    assert.equal(FakeWebSocket.made.length, made);
    const late = new AbortController();
    const connecting = nativeOpener({ url: 'ws://h/', WebSocket }).open(late.signal);
    await settled();
    late.abort(new Error('late'));
    await assert.rejects(connecting, /late/);
    assert.equal(newest().closes.length, 1);
    assert.equal(newest().onclose, null);
  });

  test('a failure to connect, a URL that is none and a function that fails reject', async () => {
    const { signal } = new AbortController();
    const refused = nativeOpener({ url: 'ws://h/', WebSocket }).open(signal);
    await settled();
    newest().closesWith(1006, '', false);
    await assert.rejects(refused, /could be opened/);
    await assert.rejects(nativeOpener({ url: 'ws://h/#a', WebSocket }).open(signal), SyntaxError);
    const cause = new SyntaxError('Unexpected token <');
    const fails = () => Promise.reject(cause);
    await assert.rejects(nativeOpener({ url: fails, WebSocket }).open(signal), (error: Error) => {
      return error.name === 'Error' && error.cause === cause;
    });
  });

  test('binary messages come as bytes, and what came before anyone listened is kept', async () => {
    const { connection, native } = await opened();
    assert.equal(native.binaryType, 'arraybuffer');
    native.receives('a');
    native.receives(Uint8Array.of(1, 2).buffer);
    native.closesWith(1001, 'bye');
    const seen: unknown[] = [];
    connection.listen({
      message: (data) => {
        seen.push(data);
        return undefined;
      },
      closed: ({ code, reason, clean }) => seen.push([code, reason, clean]),
    });
    assert.deepEqual(seen, ['a', Uint8Array.of(1, 2), [1001, 'bye', true]]);
  });

  test('sends while open, and takes nothing after', async () => {
    const { connection, native } = await opened();
    assert.equal(connection.send('a'), true);
    native.readyState = 2;
    assert.equal(connection.send('b'), false);
    assert.deepEqual(native.sent, ['a']);
  });

  test('tells which Close frames crossed', async () => {
    const { connection, native } = await opened();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    connection.listen({ message: () => undefined, closed: resolve });
    connection.close(4000, 'mine');
    native.closesWith(4001, 'theirs');
    assert.deepEqual(await promise, {
      code: 4001,
      reason: 'theirs',
      received: { code: 4001, reason: 'theirs' },
      sent: { code: 4000, reason: 'mine' },
      clean: true,
      error: undefined,
    });
  });

  test('terminate() hears nothing more', async () => {
    const { connection, native } = await opened();
    connection.listen({ message: () => assert.fail(), closed: () => assert.fail() });
    connection.terminate();
    assert.equal(native.closes.length, 1);
    native.receives('a');
    native.closesWith(1006);
  });
});

describe('connect in a browser', () => {
  test('without reconnect it is one connection, with the same interface', async () => {
    const connecting = connect('ws://h/', { WebSocket });
    await settled();
    newest().protocol = 'soap';
    newest().bufferedAmount = 7;
    newest().opens();
    const socket = await connecting;
    assert.equal(socket.bufferedAmount, 7);
    newest().receives('a');
    newest().closesWith(1006, '', false);
    const seen: unknown[] = [];
    for await (const data of socket) seen.push(data);
    assert.deepEqual(seen, ['a']);
    assert.equal((await socket.closed).code, 1006);
    assert.equal(socket.send('b'), false);
    assert.deepEqual([socket.url, socket.subprotocol, socket.extensions], ['ws://h/', 'soap', 'permessage-deflate']);
  });

  test('without reconnect a failure rejects', async () => {
    const connecting = connect('ws://h/', { WebSocket });
    await settled();
    newest().closesWith(1006, '', false);
    await assert.rejects(connecting, /could be opened/);
  });

  test('with reconnect a failure is followed by another attempt', async () => {
    const clock = new ManualClock();
    const connecting = connect('ws://h/', { WebSocket, reconnect: true, clock, random: () => 0.5 });
    await settled();
    newest().closesWith(1006, '', false);
    await settled();
    clock.advance(250);
    await settled();
    newest().opens();
    const socket = await connecting;
    assert.equal(socket.state, 'open');
    socket.close(1000);
    newest().closesWith(1000);
    await socket.closed;
  });
});
