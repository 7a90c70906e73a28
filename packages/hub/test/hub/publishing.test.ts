import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { HubError } from '../../src/contract/errors.ts';
import { Hub } from '../../src/hub/hub.ts';
import { PlainEngine, settled } from '../support/plain-engine.ts';
import { RecordingPeer } from '../support/recording-peer.ts';
import { open, publish, testHub } from '../support/test-hub.ts';

describe('publishing', () => {
  it('is acknowledged with its position, when the engine has it', async () => {
    const engine = new PlainEngine();
    const { join } = testHub({ a: {} }, { engine });
    const { session } = join();
    const { position, duplicate } = await session.publish('a', { data: 1 });
    assert.deepEqual([position.offset, duplicate], [1, false]);
    engine.slow();
    let acknowledged = false;
    const publishing = session.publish('a', { data: 2 }).then(() => (acknowledged = true));
    await settled();
    assert.equal(acknowledged, false);
    await engine.fast();
    await publishing;
  });

  it('keeps the order of one session, whatever each has to wait for', async () => {
    const waits = [5, 1, 4, 0, 3];
    const wait = async (turns: number): Promise<void> => {
      for (let i = 0; i < turns; i++) await settled();
    };
    const accept = async (data: number): Promise<number> => {
      await wait(waits[data]!);
      return data;
    };
    const { join } = testHub({ a: { history: {}, accept } });
    const { session } = join();
    await Promise.all(waits.map((_, data) => session.publish('a', { data })));
    assert.deepEqual(
      (await session.history('a', {})).publications.map(({ data }) => data),
      [0, 1, 2, 3, 4],
    );
  });

  it('goes on after one that was refused', async () => {
    const { join } = testHub({ a: { history: {}, maxBytes: 20 } });
    const { session } = join();
    const all = await Promise.allSettled([1, 'x'.repeat(99), () => 1, 2].map((data) => session.publish('a', { data })));
    assert.deepEqual(
      all.map(({ status, ...more }) => ('reason' in more ? more.reason.code : status)),
      ['fulfilled', 'too-large', 'invalid', 'fulfilled'],
    );
  });

  it('may be refused or changed by the topic’s last word, which knows who publishes', async () => {
    const accept = (data: { text: string }, { user, room }: any): unknown => {
      if (data.text === '') throw new HubError('app.empty');
      return { ...data, from: user?.id, room };
    };
    const { join } = testHub({ 'a.{room}': { history: {}, accept } });
    const { session } = join('ada');
    await session.publish('a.1', { data: { text: 'hi' }, form: 'arguments' });
    await assert.rejects(session.publish('a.1', { data: { text: '' } }), { code: 'app.empty' });
    const { data, form } = (await session.history('a.1', {})).publications[0]!;
    assert.deepEqual([data, form], [{ text: 'hi', from: 'ada', room: '1' }, undefined]);
  });

  it('keeps the last word to the bounds as well', async () => {
    const { join } = testHub({ a: { maxBytes: 50, accept: (data: string) => data.repeat(100) } });
    await assert.rejects(join().session.publish('a', { data: 'x' }), { code: 'too-large' });
  });

  it('is checked by the schema, and what that makes of it is published', async () => {
    const number: StandardSchemaV1<string, number> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          Number.isNaN(Number(value))
            ? { issues: [{ message: 'no number', path: ['x', { key: 0 }] }] }
            : { value: Number(value) },
      },
    };
    const hub = new Hub({ topics: { a: number }, calls: {} });
    hub.topic('a', { history: {}, allow: open });
    const session = hub.core.open(new RecordingPeer(), undefined);
    await session.publish('a', { data: '42' });
    await assert.rejects(session.publish('a', { data: 'x' }), {
      code: 'invalid',
      message: 'x.0: no number',
      data: [{ message: 'no number', path: 'x.0' }],
    });
    await hub.publish('a', {}, '43');
    await assert.rejects(hub.publish('a', {}, 'y'), { code: 'invalid' });
    assert.deepEqual(
      (await hub.latest('a', {}, 9)).map(({ data }) => data),
      [42, 43],
    );
    await hub.close();
  });

  it('tells who it was where the policy discloses it, or the publisher does', async () => {
    const { join } = testHub({ a: { disclose: true }, b: {} });
    const [reader, ada, anybody] = [join(), join({ id: 'ada', role: 'agent' }), join()];
    for (const topic of ['a', 'b']) await reader.session.subscribe(topic);
    await publish(ada, 'a', 1);
    await publish(anybody, 'a', 2);
    await publish(ada, 'b', 3);
    await ada.session.publish('b', { data: 4 }, { disclose: true });
    const ada_ = { session: ada.session.id, user: 'ada', role: 'agent' };
    assert.deepEqual(
      reader.peer.delivered.map(({ publication }) => publication.publisher),
      [ada_, { session: anybody.session.id, role: 'anonymous' }, undefined, ada_],
    );
  });

  it('is bounded in what waits to be acknowledged', async () => {
    const engine = new PlainEngine();
    const { join } = testHub({ a: {} }, { engine, limits: { maxPublishing: 3 } });
    const { session } = join();
    engine.slow();
    const publishing = [1, 2, 3].map((data) => session.publish('a', { data }));
    await assert.rejects(session.publish('a', { data: 4 }), { code: 'too-many', temporary: true });
    await settled();
    await engine.fast();
    await Promise.all(publishing);
    await session.publish('a', { data: 5 });
  });

  it('tells values apart by the policy’s key, which is not too long to be told apart', async () => {
    const { join } = testHub({ a: { slowReader: 'latest', key: String } });
    const { session } = join();
    await session.publish('a', { data: 'x'.repeat(256) });
    await assert.rejects(session.publish('a', { data: 'x'.repeat(257) }), { code: 'invalid' });
  });

  it('counts what is said about its audience among its bytes, and bounds it', async () => {
    const { join } = testHub({ a: { history: {} } });
    const { session } = join();
    await session.publish('a', { data: 1 }, { audience: { except: { users: ['u'.repeat(1000)] } } });
    const [publication] = (await session.history('a', {})).publications;
    assert.ok(publication!.size > 1000);
    const audience = { except: { users: Array.from({ length: 10_000 }, (_, i) => `user ${i}`) } };
    await assert.rejects(session.publish('a', { data: 1 }, { audience }), { code: 'too-large' });
  });

  it('is not counted when it is refused', async () => {
    const { hub, join } = testHub({ a: { maxBytes: 10 } });
    await join().session.publish('a', { data: 1 });
    await assert.rejects(hub.publish('a', {}, 'x'.repeat(99)), { code: 'too-large' });
    assert.equal(hub.status.publications, 1);
  });
});

describe('publishing once', () => {
  const once = { once: 'k' };

  it('gives a repetition the first one’s position, within a time and a number', async () => {
    const { clock, join } = testHub({ a: { history: {}, once: { age: '1m', count: 2 } } });
    const { session } = join('ada');
    const first = await session.publish('a', { data: 1 }, once);
    assert.deepEqual(await session.publish('a', { data: 2 }, once), { ...first, duplicate: true });
    clock.advance(60_000);
    assert.equal((await session.publish('a', { data: 3 }, once)).duplicate, false);
    for (const key of ['l', 'm']) await session.publish('a', { data: key }, { once: key });
    assert.equal((await session.publish('a', { data: 4 }, once)).duplicate, false);
    assert.deepEqual(
      (await session.history('a', {})).publications.map(({ data }) => data),
      [1, 3, 'l', 'm', 4],
    );
  });

  it('holds for a user in all sessions, and for nobody else', async () => {
    const { hub, join } = testHub({ a: {}, b: {} });
    await join('ada').session.publish('a', { data: 1 }, once);
    assert.equal((await join('ada').session.publish('a', { data: 1 }, once)).duplicate, true);
    assert.equal((await join('ada').session.publish('b', { data: 1 }, once)).duplicate, false);
    // Whoever was not signed in could use up the keys of the server, and of a user without a name.
    for (const who of [join('bob'), join('anonymous'), join('hub'), join()]) {
      assert.equal((await who.session.publish('a', { data: 1 }, once)).duplicate, false);
    }
    assert.equal((await join().session.publish('a', { data: 1 }, once)).duplicate, true);
    assert.equal((await hub.publish('a', {}, 1, once)).duplicate, false);
    assert.equal((await hub.publish('a', {}, 1, once)).duplicate, true);
  });

  it('has a key of 1 to 256 characters', async () => {
    const { session } = testHub({ a: {} }).join();
    for (const key of ['', 'k'.repeat(257)])
      await assert.rejects(session.publish('a', { data: 1 }, { once: key }), { code: 'invalid' });
    await session.publish('a', { data: 1 }, { once: 'k'.repeat(256) });
  });
});

describe('the rate of publishing', () => {
  it('is bounded for a user in all sessions, and comes back with time', async () => {
    const { clock, join } = testHub({ 'a.{x}': { rate: { count: 3, per: '1s' } }, b: {} });
    const [phone, desk, bob] = [join('ada'), join('ada'), join('bob')];
    await publish(phone, 'a.1', 1, 2);
    await publish(desk, 'a.2', 3);
    for (const { session } of [phone, desk])
      await assert.rejects(session.publish('a.1', { data: 4 }), { code: 'rate-limited', temporary: true });
    await publish(bob, 'a.1', 1);
    await publish(phone, 'b', 1, 2, 3, 4, 5);
    clock.advance(334);
    await publish(desk, 'a.1', 4);
    await assert.rejects(phone.session.publish('a.1', { data: 5 }), { code: 'rate-limited' });
    clock.advance(10_000);
    await publish(phone, 'a.1', 1, 2, 3);
    await assert.rejects(phone.session.publish('a.1', { data: 4 }), { code: 'rate-limited' });
  });

  it('is not given anew by coming again, and forgotten when nothing is held against anybody', async () => {
    const { core, clock, join } = testHub({ a: { rate: { count: 1, per: '10s' } } });
    const first = join('ada');
    await publish(first, 'a', 1);
    first.session.close();
    clock.advance(5_000);
    await assert.rejects(join('ada').session.publish('a', { data: 2 }), { code: 'rate-limited' });
    for (const session of core.sessions.values()) session.close();
    clock.advance(20_000);
    await publish(join('ada'), 'a', 3);
  });
});
