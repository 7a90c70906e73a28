import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PlainEngine, settled } from '../support/plain-engine.ts';
import { RecordingPeer } from '../support/recording-peer.ts';
import { publish, startOfTime, testHub } from '../support/test-hub.ts';

/** An engine that takes a while to start. */
class LateEngine extends PlainEngine {
  readonly started: PromiseWithResolvers<void> = Promise.withResolvers();
  stopped = 0;

  override start(listener: Parameters<PlainEngine['start']>[0]): Promise<void> {
    super.start(listener);
    return this.started.promise;
  }

  override stop(): void {
    this.stopped++;
  }
}

describe('a hub', () => {
  it('has everything wait until its engine has started', async () => {
    const engine = new LateEngine();
    const { hub, join } = testHub({ a: { history: {} } }, { engine });
    const [reader, writer] = [join(), join()];
    const done: string[] = [];
    const waiting = [
      hub.ready().then(() => done.push('ready')),
      reader.session.subscribe('a').then(() => done.push('subscribed')),
      writer.session.publish('a', { data: 1 }).then(() => done.push('published')),
      writer.session.history('a', {}).then(() => done.push('history')),
      hub.publish('a', {}, 2).then(() => done.push('published by the server')),
    ];
    await settled();
    assert.deepEqual([done, engine.calls], [[], 0]);
    engine.started.resolve();
    await Promise.all(waiting);
    assert.equal(done.length, 5);
    await hub.close();
  });

  it('says that it is unavailable when its engine could not start, and why to onError alone', async () => {
    const engine = new LateEngine();
    const { hub, join, errors } = testHub({ a: {} }, { engine });
    const publishing = join().session.publish('a', { data: 1 });
    engine.started.reject(new Error('disk on fire'));
    await assert.rejects(publishing, { code: 'unavailable', message: 'The engine could not start' });
    await assert.rejects(hub.ready(), { code: 'unavailable' });
    assert.deepEqual(errors, ['engine: The engine could not start']);
    await hub.close();
    assert.equal(engine.stopped, 1);
  });

  it('tells what goes wrong in its engine', () => {
    const engine = new PlainEngine();
    let failed: ((error: Error) => void) | undefined;
    engine.start = (listener) => {
      failed = (error) => listener.failed(error);
    };
    const { errors } = testHub({}, { engine });
    failed!(new Error('no space'));
    assert.deepEqual(errors, ['engine: no space']);
  });

  it('closes: ends every session, lets nobody in, sets no timer, and stops its engine once', async () => {
    const engine = new LateEngine();
    engine.started.resolve();
    const { hub, core, clock, join } = testHub({ a: { presence: 'count' } }, { engine });
    await hub.ready();
    const [one, two] = [join('ada', { expires: startOfTime + 99_999 }), join()];
    await one.session.subscribe('a');
    await two.session.watchPresence('a', () => 0);
    const joining = two.session.subscribe('a', { replay: 'recover', last: 3 });
    const [first, second] = [hub.close(), hub.close()];
    await assert.rejects(joining, { code: 'unavailable' });
    await Promise.all([first, second]);
    for (const { peer } of [one, two]) assert.deepEqual(peer.endings, ['shutdown']);
    assert.equal(engine.stopped, 1);
    assert.equal(clock.pending, 0);
    assert.throws(() => core.open(new RecordingPeer(), undefined), { code: 'unavailable' });
    await assert.rejects(hub.publish('a', {}, 1), { code: 'unavailable' });
    assert.deepEqual(hub.status, {
      publications: 0,
      deliveries: 0,
      calls: 0,
      sessions: 0,
      liveTopics: 0,
      tailBytes: 0,
    });
  });

  it('counts what it does', async () => {
    const { hub, join } = testHub({ a: {} });
    const [reader, writer] = [join(), join()];
    await reader.session.subscribe('a');
    await publish(writer, 'a', 1, 2);
    void writer.session.call('none', { data: 1 }).result.catch(() => {});
    const { publications, deliveries, calls, sessions, liveTopics } = hub.status;
    assert.deepEqual([publications, deliveries, calls, sessions, liveTopics], [2, 2, 1, 2, 1]);
    assert.equal([...hub.sessions].length, 2);
  });

  it('lets in whom its authenticator knows, for as long as they are let in', async () => {
    const admissions: Record<string, object | undefined> = {
      ada: { user: { id: 'ada' } },
      later: { user: { id: 'ada' }, expires: startOfTime + 1 },
      late: { user: { id: 'ada' }, expires: startOfTime },
      nameless: { user: { id: '' } },
      long: { user: { id: 'x'.repeat(257) } },
    };
    const { core } = testHub({}, { authenticate: ({ token }) => admissions[token!] as never });
    assert.deepEqual([core.authenticates, core.letsIn(undefined)], [true, false]);
    for (const [token, isIn] of Object.entries({ ada: true, later: true, late: false, none: false })) {
      assert.equal((await core.admit({ token })) !== undefined, isIn, token);
    }
    for (const token of ['nameless', 'long']) await assert.rejects(core.admit({ token }), TypeError);
    const open = testHub().core;
    assert.deepEqual([open.authenticates, open.letsIn(undefined)], [false, true]);
    assert.equal(await open.admit({ token: 'ada' }), undefined);
  });

  it('gives each session an id of its own, or the one that was announced', () => {
    const ids = [7, 7, 7, 8, 9];
    const { core } = testHub({}, { newId: () => ids.shift()! });
    const peer = new RecordingPeer();
    assert.deepEqual(
      [core.open(peer, undefined), core.open(peer, undefined), core.open(peer, undefined, 5)].map(({ id }) => id),
      [7, 8, 5],
    );
  });

  it('reads the newest publications and those that are retained', async () => {
    const { hub } = testHub({ 'a.{x}': { history: {}, retain: true, key: String } });
    for (const data of [1, 2, 1]) await hub.publish('a.{x}', { x: 'b' }, data);
    assert.deepEqual(
      (await hub.latest('a.{x}', { x: 'b' }, 2)).map(({ data, position, time }) => [data, position.offset, time]),
      [
        [2, 2, startOfTime],
        [1, 3, startOfTime],
      ],
    );
    assert.deepEqual(
      (await hub.retained('a.{x}', { x: 'b' })).map(({ data }) => data),
      [2, 1],
    );
    assert.deepEqual(hub.presence('a.{x}', { x: 'b' }), { count: 0 });
  });

  it('has topics and calls of its contract, and no others', () => {
    const { hub } = testHub({ a: {} });
    assert.throws(() => hub.topic('b', {}), TypeError);
    assert.throws(() => hub.topic('a', {}), TypeError);
    assert.throws(() => hub.handle('c', {}, () => 1), TypeError);
  });
});
