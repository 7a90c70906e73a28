/** What is published in one turn is told at its end, to each subscriber as one run. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anything } from '../../src/contract/contract.ts';
import { HubError } from '../../src/contract/errors.ts';
import { everyone } from '../../src/hub/access.ts';
import type { HubOptions } from '../../src/hub/hub.ts';
import type { TopicPolicy } from '../../src/hub/policy.ts';
import type { Run } from '../../src/hub/run.ts';
import type { Session } from '../../src/hub/session.ts';
import type { Subscription } from '../../src/hub/subscription.ts';
import { PlainEngine, settled } from '../support/plain-engine.ts';
import { RecordingPeer } from '../support/recording-peer.ts';
import { publish, type TestHub, testHub } from '../support/test-hub.ts';

/** Takes runs, of publications with a size of 1 each. */
class RunPeer extends RecordingPeer {
  readonly runs: (readonly unknown[])[] = [];

  deliverRun(subscription: Subscription, { publications }: Run, most: number): readonly number[] | undefined {
    if (publications.length > most) return undefined;
    this.runs.push(publications.map(({ data }) => data));
    for (const publication of publications) this.deliver(subscription, publication, 0, 0);
    return publications.map(() => 1);
  }
}

interface Turns extends TestHub {
  /** Somebody who takes runs, subscribed to these topics. */
  reader(...topics: readonly string[]): Promise<{ session: Session; peer: RunPeer }>;
  /** Ends the turn. */
  end(): void;
}

function turns(
  policies: Record<string, TopicPolicy<any, any, any>> = { a: {}, b: {} },
  options: HubOptions = {},
): Turns {
  const works: (() => void)[] = [];
  const hub = testHub(policies, { atEndOfTurn: (work) => works.push(work), ...options });
  return {
    ...hub,
    async reader(...topics) {
      const peer = new RunPeer();
      const session = hub.core.open(peer, undefined);
      for (const topic of topics) await session.subscribe(topic);
      return { session, peer };
    },
    end() {
      for (const work of works.splice(0)) work();
    },
  };
}

describe('what is published in one turn', () => {
  it('is told when the turn ends, to each subscriber at once', async () => {
    const hub = turns();
    const readers = [await hub.reader('a'), await hub.reader('a')];
    const writer = hub.join();
    await publish(writer, 'a', 1, 2, 3);
    for (const { peer } of readers) assert.deepEqual(peer.data, []);
    hub.end();
    await publish(writer, 'a', 4);
    hub.end();
    for (const { peer } of readers) assert.deepEqual(peer.runs, [[1, 2, 3], [4]]);
    assert.equal(hub.hub.status.deliveries, 8);
  });

  it('is told in the order in which it was published, over topics too', async () => {
    const hub = turns();
    const { peer } = await hub.reader('a', 'b');
    const writer = hub.join();
    await publish(writer, 'a', 1, 2);
    await publish(writer, 'b', 3, 4);
    await publish(writer, 'a', 5);
    hub.end();
    assert.deepEqual(peer.runs, [[1, 2], [3, 4], [5]]);
  });

  it('is told before the turn ends when it is much, in number or in bytes', async () => {
    const hub = turns({ a: {} });
    const { peer } = await hub.reader('a');
    const writer = hub.join();
    await publish(writer, 'a', ...Array.from({ length: 65 }, (_, i) => i));
    assert.deepEqual(
      peer.runs.map(({ length }) => length),
      [64],
    );
    await publish(writer, 'a', 'x'.repeat(20_000));
    assert.equal(peer.data.length, 66);
    hub.end();
    assert.equal(peer.data.length, 66);
  });

  it('is not told again to one who came in the middle, and knows of what came before', async () => {
    const hub = turns({ a: { history: {} } });
    const early = await hub.reader('a');
    const writer = hub.join();
    await publish(writer, 'a', 1, 2);
    const live = await hub.reader('a');
    const peer = new RunPeer();
    await hub.core.open(peer, undefined).subscribe('a', { replay: 'recover', last: 5 });
    assert.deepEqual(peer.data, [1, 2]);
    await publish(writer, 'a', 3);
    hub.end();
    assert.deepEqual([early.peer.data, live.peer.data, peer.data], [[1, 2, 3], [3], [1, 2, 3]]);
  });

  it('is told no more to those who leave before the turn ends', async () => {
    const hub = turns();
    const peer = new RunPeer();
    const session = hub.core.open(peer, undefined);
    const subscription = await session.subscribe('a');
    await publish(hub.join(), 'a', 1);
    subscription.end();
    hub.end();
    assert.deepEqual(peer.data, []);
  });

  it('is told one by one to those who may not have all of it', async () => {
    const hub = turns();
    const [ann, bob] = [await hub.reader('a'), await hub.reader('a')];
    const but = (session: Session) => ({ audience: { except: { sessions: [session.id] } } });
    await ann.session.publish('a', { data: 1 }, but(ann.session));
    await bob.session.publish('a', { data: 2 }, but(bob.session));
    await ann.session.publish('a', { data: 3 });
    const carol = await hub.reader('a');
    await carol.session.publish('a', { data: 4 }, { audience: { only: { sessions: [bob.session.id] } } });
    hub.end();
    const told = ({ delivered }: RecordingPeer) =>
      delivered.map(({ publication, skipped }) => [publication.data, skipped]);
    assert.deepEqual(told(ann.peer), [
      [2, 1],
      [3, 0],
    ]);
    assert.deepEqual(told(bob.peer), [
      [1, 0],
      [3, 1],
      [4, 0],
    ]);
    assert.deepEqual([told(carol.peer), ann.peer.runs, bob.peer.runs], [[], [], []]);
    await publish(bob, 'a', 5);
    hub.end();
    assert.deepEqual([told(ann.peer).at(-1), bob.peer.runs], [[5, 1], [[5]]]);
  });

  it('goes one by one where the window has no room for all, and waits in the backlog', async () => {
    const hub = turns({ a: {} }, { window: { messages: 4, bytes: 100, latest: 2 } });
    const { session, peer } = await hub.reader('a');
    const writer = hub.join();
    await publish(writer, 'a', 1, 2, 3);
    hub.end();
    await publish(writer, 'a', 4, 5, 6);
    hub.end();
    assert.deepEqual([peer.runs, peer.data], [[[1, 2, 3]], [1, 2, 3, 4]]);
    await publish(writer, 'a', 7);
    hub.end();
    session.acknowledge(4);
    assert.deepEqual(peer.data, [1, 2, 3, 4, 5, 6, 7]);
    session.acknowledge(7);
    await publish(writer, 'a', 8, 9);
    hub.end();
    assert.deepEqual(peer.runs, [
      [1, 2, 3],
      [8, 9],
    ]);
  });

  it('is told before the log is another one, and before the hub closes', async () => {
    const engine = new PlainEngine();
    const hub = turns({ a: { history: {} } }, { engine });
    const [first, second] = [await hub.reader('a'), hub.join()];
    await publish(second, 'a', 1);
    engine.forget('a');
    await publish(second, 'a', 2);
    await settled();
    assert.deepEqual(first.peer.data, [1]);
    await first.session.subscribe('a');
    await publish(second, 'a', 3);
    await hub.hub.close();
    assert.deepEqual([first.peer.data, first.peer.endings], [[1, 3], ['shutdown']]);
  });

  it('is told before the outcome of a call in that turn, be it progress, a result or a refusal', async () => {
    const call = { input: anything, output: anything };
    const works: (() => void)[] = [];
    const hub = testHub(
      { a: {} },
      { atEndOfTurn: (work) => works.push(work) },
      { answer: call, refuse: call, step: { ...call, progress: anything } },
    );
    hub.hub.handle('answer', { allow: everyone }, () => null);
    hub.hub.handle('refuse', { allow: everyone }, () => Promise.reject(new HubError('forbidden')));
    const { session, peer } = hub.join();
    await session.subscribe('a');
    await publish({ session, peer }, 'a', 1);
    await session.call('answer', { data: null }).result;
    assert.deepEqual(peer.data, [1]);
    await publish({ session, peer }, 'a', 2);
    await assert.rejects(session.call('refuse', { data: null }).result);
    assert.deepEqual(peer.data, [1, 2]);
    hub.hub.handle('step', { allow: everyone }, async ({ progress }) => {
      await publish({ session, peer }, 'a', 3);
      await progress(null as never);
    });
    const toldAtProgress: number[] = [];
    await session.call('step', { data: null }, { progress: () => toldAtProgress.push(peer.data.length) }).result;
    assert.deepEqual(toldAtProgress, [3]);
  });

  it('that is published while it is told follows it, for everybody', async () => {
    const hub = turns();
    const readers = [await hub.reader('a'), await hub.reader('a')];
    const writer = hub.join();
    readers[0]!.peer.during = ({ publication }) => {
      if (publication.data === 1) void publish(writer, 'a', 2);
    };
    await publish(writer, 'a', 1);
    hub.end();
    hub.end();
    for (const { peer } of readers) assert.deepEqual(peer.data, [1, 2]);
  });
});
