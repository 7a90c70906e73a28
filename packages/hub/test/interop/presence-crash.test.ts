/** Who is here is right at once when a client's process dies without a word. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { serve } from 'tidewire';
import { connectHub } from '../../src/client/index.ts';
import { anything, createHub, defineContract, everyone } from '../../src/index.ts';

const contract = defineContract({ topics: { 'room.{room}': anything } });

/** Joins the room in a process of its own, and says so. */
const visitor = `
  import { connectHub } from '@tidewire/hub/client';
  import { anything, defineContract } from '@tidewire/hub/contract';
  const client = connectHub(defineContract({ topics: { 'room.{room}': anything } }), process.argv[1]);
  for await (const item of client.topic('room.{room}', { room: 'lobby' }).subscribe()) {
    if (item.type === 'joined') console.log('joined');
  }
`;

async function start(t: TestContext): Promise<string> {
  const hub = createHub(contract);
  hub.topic('room.{room}', { presence: 'members', allow: { subscribe: everyone, presence: everyone } });
  const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });
  t.after(async () => {
    await server.close();
    await hub.close();
  });
  return `${server.url}/realtime`;
}

describe('presence', { timeout: 30_000 }, () => {
  test('tells of a client that was killed, long before its silence would', async (t) => {
    const url = await start(t);
    const watcher = connectHub(contract, url);
    t.after(() => watcher.close());
    const presence = watcher.topic('room.{room}', { room: 'lobby' }).presence();
    const next = async () => (await presence.next()).value!;
    assert.equal((await next()).count, 0);

    const args = ['--conditions=tidewire-src', '--input-type=module', '--eval', visitor, url];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: import.meta.dirname });
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const came = await next();
    assert.deepEqual([came.count, came.members.length], [1, 1]);

    const began = performance.now();
    child.kill('SIGKILL');
    const went = await next();
    assert.deepEqual([went.count, went.members], [0, []]);
    assert.deepEqual(went.left, came.joined);
    // The heartbeat would need 30 s.
    const ms = Math.round(performance.now() - began);
    t.diagnostic(`told ${ms} ms after the kill`);
    assert.ok(ms < 10_000);
  });
});
