/** What goes on in the server, in numbers: over HTTP, pushed, and what the applications have to say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FiguresRegistry, type FiguresRegistryOptions, type FiguresUpdate } from '../figures.ts';
import { NativeClient } from './support/native-client.ts';
import { startedShowcase } from './support/running.ts';

describe('the figures', () => {
  it('are answered to who asks', async (t) => {
    const { url, port } = await startedShowcase(t);
    const somebody = await NativeClient.open(`ws://127.0.0.1:${port}/echo`);
    const before = ((await (await fetch(`${url}api/figures`)).json()) as FiguresUpdate).server.received;
    somebody.send('hello');
    await somebody.next();
    const response = await fetch(`${url}api/figures`);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const { server, applications } = (await response.json()) as FiguresUpdate;
    assert.equal(server.connections, 1);
    assert.ok(server.received > before);
    assert.ok(server.memory > 10_000_000 && server.uptime > 0);
    assert.deepEqual(applications['chat'], { 'in the room': 0 });
    await somebody.close();
  });

  it('are pushed to who listens, at once and then each second', async (t) => {
    const { port } = await startedShowcase(t);
    const listener = await NativeClient.open(`ws://127.0.0.1:${port}/figures`);
    const [first, second] = [await listener.next(), await listener.next()].map(
      (text) => JSON.parse(String(text)) as FiguresUpdate,
    );
    assert.equal(first?.server.connections, 1);
    const passed = (second?.server.uptime ?? 0) - (first?.server.uptime ?? 0);
    assert.ok(passed > 500, `${passed} ms`);
    await listener.close();
  });
});

describe('the registry', () => {
  function registry(hubs: FiguresRegistryOptions['hubs'] = []) {
    const errors: string[] = [];
    const audience = { name: 'figures', size: 0, sent: 0, send: () => void audience.sent++ };
    const figures = new FiguresRegistry({
      server: () => ({ sockets: new Set() }),
      audience: () => audience,
      hubs,
      onError: (error, { stage }) => errors.push(`${stage}: ${error}`),
    });
    return { figures, audience, errors };
  }

  it('leaves out an application that can’t say, and reports it', () => {
    const { figures, errors } = registry();
    figures.add('news', () => ({ stories: 3 }));
    figures.add('broken', () => {
      throw new Error('no');
    });
    assert.deepEqual(figures.read().applications, { news: { stories: 3 } });
    assert.deepEqual(errors, ['figures of broken: Error: no']);
  });

  it('counts the messages of routes that are given to it', async () => {
    const { figures } = registry();
    const seen: unknown[] = [];
    const plain = figures.counted({
      message(_, data) {
        seen.push(data);
        return Promise.resolve('slow');
      },
    });
    assert.equal(await plain.message?.(undefined as never, 'one'), 'slow');
    assert.deepEqual([seen, figures.read().server.received], [['one'], 1]);
    const silent = { open() {} };
    assert.equal(figures.counted(silent), silent);
    figures.count('sent', 5);
    assert.equal(figures.read().server.sent, 5);
  });

  it('adds what hubs count: publications and calls as received, deliveries as sent', () => {
    const status = { publications: 3, calls: 2, deliveries: 40, sessions: 1, liveTopics: 1, tailBytes: 0 };
    const { figures } = registry([{ status }, { status }]);
    figures.count('received', 1);
    const { received, sent } = figures.read().server;
    assert.deepEqual([received, sent], [11, 80]);
  });

  it('pushes while somebody listens, and counts nothing at rest', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const { figures, audience } = registry();
    t.mock.timers.tick(5000);
    assert.equal(audience.sent, 0);
    const greeted: string[] = [];
    figures.route.open?.({ join() {}, send: (text: string) => void greeted.push(text) } as never);
    audience.size = 1;
    t.mock.timers.tick(3000);
    assert.deepEqual([greeted.length, audience.sent], [1, 3]);
    audience.size = 0;
    t.mock.timers.tick(60_000);
    assert.equal(audience.sent, 3);
    audience.size = 1;
    t.mock.timers.tick(60_000);
    assert.equal(audience.sent, 3, 'the clock stands still until somebody comes');
  });
});
