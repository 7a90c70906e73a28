/** What every real WAMP client does with the open router, and with one that asks who they are. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Server, serve } from 'tidewire';
import { anything, defineContract } from '../../src/contract/contract.ts';
import { createHub } from '../../src/create-hub.ts';
import { everyone } from '../../src/hub/access.ts';
import { openRouter } from '../../src/open-router.ts';
import { deriveKey } from '../../src/wamp/authentication-wampcra.ts';
import { type Auth, type Kind, PeerError, type PeerEvent, WampPeer } from './wamp-peer.ts';

export interface SuiteOptions {
  readonly kind: Kind;
  /** Somebody else to talk to: another client, in another serialization. */
  readonly other: Kind;
  readonly skip?: string;
  /** The client can be told to stop. */
  readonly interruptible?: boolean;
}

const derivation = { salt: 'salt123', iterations: 1_000, keylen: 32 };

async function start(): Promise<{ readonly server: Server; readonly url: (path: string) => string }> {
  const derived = await deriveKey('hush', derivation);
  const closed = createHub(defineContract({ topics: { '**': anything } }), {
    authenticate: ({ token }) => (token === 'ticket of joe' ? { user: { id: 'joe', role: 'staff' } } : undefined),
    route: {
      wampcra: ({ authid }) => {
        if (authid === 'peter') return { user: { id: 'peter' }, secret: 'hush' };
        return authid === 'salty' ? { user: { id: 'salty' }, secret: derived, derivation } : undefined;
      },
    },
  });
  closed.topic('**', { allow: { publish: everyone } });
  const server = await serve({ host: '127.0.0.1', routes: { '/ws': openRouter(), '/closed': closed } });
  return { server, url: (path) => `ws://127.0.0.1:${server.port}${path}` };
}

/** Of everything that JSON can say. */
const data = { text: 'Grüße 🌊', numbers: [0, -1, 2.5, 2 ** 40], deep: { list: [[], {}, null, true] } };

export function wampClientSuite({ kind, other, skip, interruptible = false }: SuiteOptions): void {
  describe(`${kind.name} in ${kind.subprotocol}, beside ${other.name} in ${other.subprotocol}`, {
    skip,
    timeout: 60_000,
  }, () => {
    let router: Awaited<ReturnType<typeof start>>;
    let ann: WampPeer;
    let bob: WampPeer;

    before(async () => {
      router = await start();
      [ann, bob] = [new WampPeer(kind), new WampPeer(other)];
      await Promise.all([ann.open(kind, router.url('/ws')), bob.open(other, router.url('/ws'))]);
    });

    after(async () => {
      await Promise.all([ann, bob].map((peer) => peer?.close()));
      await router?.server.close();
    });

    test('they hear each other', async () => {
      for (const [publisher, reader] of [
        [ann, bob],
        [bob, ann],
      ] as const) {
        const topic = `com.example.${publisher === ann ? 'ann' : 'bob'}`;
        await reader.subscribe(topic);
        await publisher.publish(topic, [data]);
        assert.deepEqual((await reader.event()).args, [data]);
        await publisher.publish(topic, [1, 'two'], { three: 3 });
        const { args, kwargs } = await reader.event();
        assert.deepEqual([args, kwargs], [[1, 'two'], { three: 3 }]);
      }
    });

    test('they subscribe by patterns, and are told the topic', async () => {
      await ann.subscribe('com.prefix', { match: 'prefix' });
      await bob.publish('com.prefix.a', [1]);
      assert.deepEqual(told(await ann.event()), ['com.prefix', 'com.prefix.a', [1]]);
      await ann.subscribe('com..created', { match: 'wildcard' });
      await bob.publish('com.user.created', [2]);
      assert.deepEqual(told(await ann.event()), ['com..created', 'com.user.created', [2]]);
    });

    test('they call each other, and get results and errors', async () => {
      for (const [callee, caller, name] of [
        [ann, bob, 'ann'],
        [bob, ann, 'bob'],
      ] as const) {
        await callee.register(`com.${name}.add`, 'add');
        assert.equal(await caller.call(`com.${name}.add`, [23, 7]), 30);
        await callee.register(`com.${name}.fail`, 'fail');
        await assert.rejects(caller.call(`com.${name}.fail`), (error: PeerError) => {
          assert.deepEqual([error.error, error.args, error.kwargs], ['com.example.error', ['no', 3], { severity: 3 }]);
          return true;
        });
      }
      await assert.rejects(ann.call('com.nobody'), { error: 'wamp.error.no_such_procedure' });
    });

    test('a call has progress', async () => {
      await bob.register('com.count', 'count');
      const progress: unknown[] = [];
      const { result } = ann.do('call', { procedure: 'com.count', args: [3], progress: true }, (value) =>
        progress.push(value),
      );
      assert.deepEqual([await result, progress], ['done', [1, 2, 3]]);
    });

    test('a procedure is registered by a pattern', async () => {
      await ann.register('com.names', 'asked', { match: 'prefix' }, 'ann');
      assert.equal(await bob.call('com.names.of.mine'), 'ann com.names.of.mine');
      await ann.register('com..name', 'asked', { match: 'wildcard' }, 'ann');
      assert.equal(await bob.call('com.what.name'), 'ann com.what.name');
    });

    test('a procedure is shared', async () => {
      await ann.register('com.shared', 'name', { invoke: 'roundrobin' }, 'ann');
      await bob.register('com.shared', 'name', { invoke: 'roundrobin' }, 'bob');
      const names: unknown[] = [];
      for (let i = 0; i < 4; i++) names.push(await ann.call('com.shared'));
      assert.deepEqual(names, ['ann', 'bob', 'ann', 'bob']);
    });

    test('a call is canceled', async () => {
      await bob.register('com.wait', 'wait');
      const { id, result } = ann.do('call', { procedure: 'com.wait', args: [] });
      await bob.started;
      await ann.do('cancel', { call: id, mode: 'kill' }).result;
      await assert.rejects(result, (error: PeerError) => /cancel/.test(error.error));
      assert.equal(await ann.call('com.bob.add', [1, 2]), 3, 'both go on');
    });

    test('a call is canceled at its callee', { skip: !interruptible }, async () => {
      await ann.register('com.interruptible', 'wait');
      const { id, result } = bob.do('call', { procedure: 'com.interruptible', args: [] });
      await ann.started;
      await bob.do('cancel', { call: id, mode: 'kill' }).result;
      await ann.interrupted;
      await assert.rejects(result, { error: 'wamp.error.canceled' });
    });

    const signIn = async (auth: Auth): Promise<string | undefined> => {
      const peer = new WampPeer(kind);
      try {
        return (await peer.open(kind, router.url('/closed'), auth)).authid;
      } finally {
        await peer.close();
      }
    };

    test('it signs in by ticket', async () => {
      assert.equal(await signIn({ method: 'ticket', authid: 'joe', secret: 'ticket of joe' }), 'joe');
      await assert.rejects(signIn({ method: 'ticket', authid: 'joe', secret: 'stolen' }), PeerError);
    });

    test('it signs in by WAMP-CRA, with a plain secret and with a salted one', async () => {
      assert.equal(await signIn({ method: 'wampcra', authid: 'peter', secret: 'hush' }), 'peter');
      assert.equal(await signIn({ method: 'wampcra', authid: 'salty', secret: 'hush' }), 'salty');
      await assert.rejects(signIn({ method: 'wampcra', authid: 'peter', secret: 'wrong' }), PeerError);
    });
  });
}

function told({ event, topic, args }: PeerEvent): unknown[] {
  return [event, topic, args];
}
