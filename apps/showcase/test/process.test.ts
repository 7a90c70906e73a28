/** The process: how it starts, how it stops, and what it says when it can't start. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeClient } from './support/native-client.ts';
import { RawClient } from './support/raw-client.ts';
import { groupIsAlive, isFree, runMain, runNpmStart, signalGroup } from './support/running.ts';

const paths = ['/chatService', '/ticker', '/echo', '/fanout'];

describe('stopping', () => {
  for (const [says, signals] of [
    ['SIGINT', ['SIGINT']],
    ['SIGTERM', ['SIGTERM']],
    ['SIGINT twice', ['SIGINT', 'SIGINT']],
    ['SIGTERM twice', ['SIGTERM', 'SIGTERM']],
  ] as const) {
    it(`on ${says} closes every socket with 1001 and ends with 0`, async (t) => {
      const running = await runMain(t, ['--port', '0', '--host', '127.0.0.1']);
      const port = await running.port();
      const clients = await openAll(port);
      for (const signal of signals) running.process.kill(signal);
      for (const client of clients) assert.equal((await client.closed).code, 1001);
      const { code, signal, stderr } = await running.ended;
      assert.deepEqual({ code, signal, stderr: withoutWarnings(stderr) }, { code: 0, signal: null, stderr: '' });
      assert.ok(await isFree(port));
    });
  }

  it('does not wait for an idle HTTP connection', async (t) => {
    const running = await runMain(t, ['--port', '0', '--host', '127.0.0.1']);
    const port = await running.port();
    assert.equal((await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'keep-alive' } })).status, 200);
    running.process.kill('SIGTERM');
    assert.equal((await running.ended).code, 0);
  });

  it('does not wait for ever for a client that does not answer', async (t) => {
    const running = await runMain(t, ['--port', '0', '--host', '127.0.0.1']);
    using silent = await RawClient.open(await running.port(), '/fanout');
    running.process.kill('SIGTERM');
    const { opcode, payload } = await silent.frame();
    assert.deepEqual({ opcode, code: payload.readUInt16BE() }, { opcode: 0x8, code: 1001 });
    assert.equal((await running.ended).code, 0);
  });

  for (const [whom, send] of [
    ['npm start alone', (running, signal) => void running.process.kill(signal)],
    ['the group of npm start', signalGroup],
  ] as const satisfies [string, typeof signalGroup][]) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      it(`on ${signal} to ${whom} closes every socket with 1001 and leaves no process behind`, async (t) => {
        const running = await runNpmStart(t, { PORT: '0' });
        const port = await running.port();
        const clients = await openAll(port);
        send(running, signal);
        for (const client of clients) assert.equal((await client.closed).code, 1001);
        const { code, signal: killedBy } = await running.ended;
        assert.deepEqual({ code, killedBy }, { code: 0, killedBy: null });
        // The group outlives npm by the moment that the kernel takes to reap the rest.
        for (let tries = 0; groupIsAlive(running) && tries < 50; tries++) await delay(20);
        assert.equal(groupIsAlive(running), false);
        assert.ok(await isFree(port));
      });
    }
  }
});

describe('starting', () => {
  it('says what it does, and where it listens, once it does', async (t) => {
    const running = await runMain(t, [], { PORT: '0' });
    const port = await running.port();
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
    running.process.kill('SIGTERM');
    const { stdout } = await running.ended;
    assert.match(
      stdout,
      /^Data is kept in \/[^\n]+\nBundled \d+ pages in \d+ ms\nTidewire showcase listens on http:\/\/localhost:\d+\/ [^\n]*\n$/,
    );
  });

  it('says in one line that its port is in use, and ends with 1', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    t.after(() => taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, stdout, stderr } = await (await runMain(t, ['--host', '127.0.0.1', '--port', String(port)])).ended;
    assert.equal(code, 1);
    assert.doesNotMatch(stdout, /listens/);
    assert.equal(
      withoutWarnings(stderr),
      `tidewire showcase: port ${port} is in use; choose another by --port or PORT\n`,
    );
  });

  for (const [args, environment] of [
    [['--colour'], {}],
    [['--port', 'http'], {}],
    [['--port', '-1'], {}],
    [['--host', 'no-such-host.invalid'], { PORT: '0' }],
    [['--host', '192.0.2.1'], { PORT: '0' }],
    [[], { PORT: '70000' }],
    [['--data', '/dev/null/nowhere'], { PORT: '0' }],
  ] as const) {
    it(`says in one line what is wrong with ${JSON.stringify([...args, environment])}, and ends with 1`, async (t) => {
      const { code, stdout, stderr } = await (await runMain(t, args, environment)).ended;
      assert.equal(code, 1);
      assert.doesNotMatch(stdout, /listens/);
      assert.match(withoutWarnings(stderr), /^tidewire showcase: [^\n]+\n$/);
    });
  }

  it('prints its usage on --help and ends with 0', async (t) => {
    const { code, stdout, stderr } = await (await runMain(t, ['--help'])).ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^Usage: npm start -- \[--port N\]/);
  });
});

async function openAll(port: number): Promise<NativeClient[]> {
  return await Promise.all(paths.map((path) => NativeClient.open(`ws://127.0.0.1:${port}${path}`)));
}

/** Node warns that its type stripping is experimental, in some versions; that is not ours to say or to silence. */
function withoutWarnings(stderr: string): string {
  return stderr.replaceAll(/^\(node:\d+\) ExperimentalWarning: .*\n|^\(Use `node --trace-warnings .*\n/gm, '');
}
