/** A SOAP client in Python, which shares nothing with ours, in the chat of `/chatService`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { NativeClient } from './support/native-client.ts';
import { startedShowcase } from './support/running.ts';

const python = systemPackage('python3-websockets');
const script = fileURLToPath(new URL('../../../packages/hub/test/interop/python/soap_peer.py', import.meta.url));
const namespace = 'urn:tidewire:chat';

describe('a SOAP client in Python', { skip: python.missing, timeout: 60_000 }, () => {
  it('says something in the chat, is answered, and hears itself and a plain socket', async (t) => {
    const { port } = await startedShowcase(t);
    const url = `ws://127.0.0.1:${port}/chatService`;
    const plain = await NativeClient.open(url);
    const say = { action: `${namespace}:Say`, namespace, element: 'Say', fields: { text: 'from Python' } };
    const child = spawn(python.path, [script, url, JSON.stringify([say]), '--notifications', '2'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: any[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)));
    assert.match(String(await plain.next()), /^guest \w+: from Python$/);
    plain.send('hello, Python');
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
    const text = JSON.stringify(lines);
    assert.match(text, /SayResponse/);
    assert.match(text, /from Python/);
    assert.match(text, /hello, Python/);
    await plain.close();
  });
});
