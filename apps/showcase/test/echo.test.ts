/** `/echo` and `/echo/plain`: what was sent comes back, however large and in however many pieces. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { NativeClient } from './support/native-client.ts';
import { clientFrame, openingHandshake, RawClient } from './support/raw-client.ts';
import { startedShowcase } from './support/running.ts';

const text = 0x1;
const binary = 0x2;
const continuation = 0x0;

for (const path of ['/echo', '/echo/plain']) {
  describe(`the echo of ${path}`, () => {
    it('sends text back as text and binary as binary', async (t) => {
      const { port } = await startedShowcase(t);
      const client = await NativeClient.open(`ws://127.0.0.1:${port}${path}`);
      client.send('Grüße');
      client.send(Uint8Array.of(0, 1, 254, 255));
      client.send('');
      assert.equal(await client.next(), 'Grüße');
      assert.deepEqual(await client.next(), Uint8Array.of(0, 1, 254, 255).buffer);
      assert.equal(await client.next(), '');
      await client.close();
    });

    it('sends a message of 65,536 bytes back, the shortest with a 64-bit length (RFC 6455 §5.2)', async (t) => {
      const { port } = await startedShowcase(t);
      using client = await RawClient.open(port, path);
      const payload = randomBytes(65_536);
      client.write(clientFrame(binary, payload));
      const header = await client.bytes(10);
      assert.equal(header.toString('hex'), '827f0000000000010000');
      assert.ok((await client.bytes(65_536)).equals(payload));
    });

    it('sends a message of 65,537 fragments back (RFC 6455 §5.4)', async (t) => {
      const { port } = await startedShowcase(t);
      using client = await RawClient.open(port, path);
      const middle = Buffer.concat(
        Array.from({ length: 65_535 }, (_, index) => clientFrame(continuation, letter(index), false)),
      );
      client.write(Buffer.concat([clientFrame(text, '<', false), middle, clientFrame(continuation, '>')]));
      const { fin, opcode, payload } = await client.frame();
      assert.deepEqual({ fin, opcode, length: payload.length }, { fin: true, opcode: text, length: 65_537 });
      assert.equal(payload.toString(), `<${Array.from({ length: 65_535 }, (_, index) => letter(index)).join('')}>`);
    });

    it('sends a message of 20 MiB back', async (t) => {
      const { port } = await startedShowcase(t);
      const client = await NativeClient.open(`ws://127.0.0.1:${port}${path}`);
      // Half of it can be compressed and half can't.
      const payload = Buffer.concat([randomBytes(10 << 20), Buffer.alloc(10 << 20, 'tide')]);
      client.send(new Uint8Array(payload));
      const echoed = await client.next();
      assert.ok(typeof echoed !== 'string' && payload.equals(Buffer.from(echoed)));
      await client.close();
    });

    it('closes with 1009 on a frame that announces more than 64 MiB, before any of it arrives', async (t) => {
      const { port } = await startedShowcase(t);
      using client = await RawClient.open(port, path);
      const header = Buffer.alloc(14);
      header.set([0x82, 0xff]);
      header.writeBigUInt64BE(BigInt((64 << 20) + 1), 2);
      client.write(header);
      const { opcode, payload } = await client.frame();
      assert.deepEqual({ opcode, code: payload.readUInt16BE() }, { opcode: 0x8, code: 1009 });
    });

    it('answers all that a client sent which did not read meanwhile', async (t) => {
      const { port } = await startedShowcase(t);
      using client = await RawClient.open(port, path);
      const payload = randomBytes(1 << 20);
      for (let sent = 0; sent < 24; sent++) client.write(clientFrame(binary, payload));
      for (let received = 0; received < 24; received++) assert.ok((await client.frame()).payload.equals(payload));
    });
  });
}

describe('permessage-deflate', () => {
  const offer = 'Sec-WebSocket-Extensions: permessage-deflate';

  it('is agreed on and used by /echo', async (t) => {
    const { port } = await startedShowcase(t);
    using client = await RawClient.connect(port);
    client.write(openingHandshake('/echo', [`Host: 127.0.0.1:${port}`, offer]));
    assert.match(await client.head(), /^Sec-WebSocket-Extensions: permessage-deflate/m);
    client.write(clientFrame(text, 'tide '.repeat(1000)));
    const { rsv1, payload } = await client.frame();
    assert.ok(rsv1 && payload.length < 500, `${payload.length} bytes`);
  });

  it('is declined by /echo/plain', async (t) => {
    const { port } = await startedShowcase(t);
    using client = await RawClient.connect(port);
    client.write(openingHandshake('/echo/plain', [`Host: 127.0.0.1:${port}`, offer]));
    assert.doesNotMatch(await client.head(), /Sec-WebSocket-Extensions/i);
  });
});

function letter(index: number): string {
  return String.fromCharCode(97 + (index % 26));
}
