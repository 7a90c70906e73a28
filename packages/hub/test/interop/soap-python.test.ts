/** A client in Python that shares nothing with ours, against a session behind a real server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from 'tidewire';
import { systemPackage } from '../../../wire/test/support/system-packages.ts';
import { soapChat } from '../support/soap-server.ts';

const python = systemPackage('python3-websockets');
const script = fileURLToPath(new URL('python/soap_peer.py', import.meta.url));
const namespace = 'urn:example:chat';

async function start(t: TestContext): Promise<{ url: string; chat: ReturnType<typeof soapChat> }> {
  const chat = soapChat();
  const server = await serve({ host: '127.0.0.1', routes: { '/chat': chat.route } });
  t.after(() => server.close());
  return { url: `ws://127.0.0.1:${server.port}/chat`, chat };
}

/** What the peer prints, line by line. */
async function run(args: readonly string[], heard: (line: any) => void = () => {}): Promise<any[]> {
  const child = spawn(python.path, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: any[] = [];
  createInterface(child.stdout).on('line', (line) => {
    lines.push(JSON.parse(line));
    heard(lines.at(-1));
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  return lines;
}

const request = (element: string, fields: object, more: object = {}) => ({
  action: `${namespace}:${element}`,
  namespace,
  element,
  fields,
  ...more,
});

describe('a SOAP client in Python', { skip: python.missing, timeout: 60_000 }, () => {
  for (const frame of ['binary', 'text']) {
    test(`calls, speaks one-way and is told, in ${frame} frames`, async (t) => {
      const { url } = await start(t);
      const requests = [
        request('join', { name: 'Bob' }),
        request('add', { a: 2, b: 40 }),
        request('say', { text: 'Grüße <&> 🌊' }, { oneWay: true }),
      ];
      const more = frame === 'text' ? ['--text', '--content-type', 'text/xml'] : [];
      const lines = await run([url, JSON.stringify(requests), '--notifications', '1', ...more]);
      assert.deepEqual(lines, [
        { type: 'open', subprotocol: 'soap' },
        {
          type: 'reply',
          action: `${namespace}:joinResponse`,
          relates: true,
          frame,
          element: `{${namespace}}joinResponse`,
          fields: { members: ['visitor', 'Bob'] },
        },
        {
          type: 'reply',
          action: `${namespace}:addResponse`,
          relates: true,
          frame,
          element: `{${namespace}}addResponse`,
          fields: { sum: '42' },
        },
        {
          type: 'notification',
          action: `${namespace}:said`,
          relates: false,
          frame,
          element: `{${namespace}}said`,
          fields: { name: 'visitor', text: 'Grüße <&> 🌊', note: null },
        },
        { type: 'closed', code: 1000 },
      ]);
    });
  }

  test('gets faults, and goes on', async (t) => {
    const { url } = await start(t);
    const requests = [request('shout', {}), request('add', { a: 'x', b: 1 }), request('add', { a: 1, b: 1 })];
    const lines = await run([url, JSON.stringify(requests)]);
    assert.deepEqual(
      lines.slice(1, 4).map(({ type, codes, relates }) => ({ type, codes, relates })),
      [
        { type: 'fault', codes: ['Sender', 'ActionNotSupported'], relates: true },
        { type: 'fault', codes: ['Sender'], relates: true },
        { type: 'reply', codes: undefined, relates: true },
      ],
    );
  });

  test('is told in its handshake what does not fit', async (t) => {
    const { url } = await start(t);
    const binary = await run([url, '[]', '--content-type', 'application/soap+msbinsession1']);
    const headers = { 'soap-content-type': 'application/soap+xml; charset=utf-8', 'sec-websocket-protocol': null };
    assert.deepEqual(binary, [{ type: 'refused', status: 400, headers }]);
    const other = await run([url, '[]', '--subprotocol', 'wamp']);
    assert.deepEqual(other[0].status, 426);
    assert.deepEqual(other[0].headers['sec-websocket-protocol'], 'soap');
    const upper = await run([url, '[]', '--subprotocol', 'SOAP']);
    assert.deepEqual(upper, [
      { type: 'open', subprotocol: 'SOAP' },
      { type: 'closed', code: 1000 },
    ]);
  });

  test('hears what others say, the same bytes as they', async (t) => {
    const { url, chat } = await start(t);
    const peers = ['binary', 'text'].map((kind) =>
      run(
        [
          url,
          JSON.stringify([request('join', { name: kind })]),
          '--notifications',
          '1',
          ...(kind === 'text' ? ['--text'] : []),
        ],
        (line) => {
          if (line.type === 'reply') chat.joined();
        },
      ),
    );
    await chat.whenJoined(2);
    chat.say('Ann', 'Hello all');
    for (const lines of await Promise.all(peers)) {
      const told = lines.find(({ type }) => type === 'notification');
      assert.deepEqual(told.fields, { name: 'Ann', text: 'Hello all', note: null });
    }
  });
});
