/** Rights that are taken away from those who stand, and from those who are on their way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccessBase } from '../../src/hub/access.ts';
import { PlainEngine, settled } from '../support/plain-engine.ts';
import { open, publish, testHub } from '../support/test-hub.ts';

describe('rechecking', () => {
  it('ends what the rules do not allow any more, and tells', async () => {
    let allowed = true;
    const subscribe = ({ user }: AccessBase): boolean => allowed || user?.id === 'bob';
    const { hub, join } = testHub({ a: { allow: { ...open, subscribe } } });
    const [ada, bob, writer] = [join('ada'), join('bob'), join()];
    const ended: unknown[] = [];
    for (const { session } of [ada, bob]) {
      await session.subscribe('a', {
        ended: (subscription, reason) => ended.push([subscription.session.user?.id, reason]),
      });
    }
    await hub.recheck();
    assert.deepEqual(ended, []);
    allowed = false;
    await hub.recheck();
    await publish(writer, 'a', 1);
    assert.deepEqual(ended, [['ada', 'denied']]);
    assert.deepEqual(ada.peer.data, []);
    assert.deepEqual(bob.peer.data, [1]);
    assert.deepEqual(ada.peer.endings, []);
  });

  // A rule that was asked before was believed after, and nothing asked it again.
  it('reaches a subscription whose rule has been asked and not answered', async () => {
    const answers: PromiseWithResolvers<boolean>[] = [];
    const subscribe = (): Promise<boolean> => {
      const answer = Promise.withResolvers<boolean>();
      answers.push(answer);
      return answer.promise;
    };
    const { hub, core, join } = testHub({ 'a.{x}': { allow: { ...open, subscribe } } });
    const [ada, bob, writer] = [join('ada'), join('bob'), join()];
    const refused = assert.rejects(ada.session.subscribe('a.1'), { code: 'denied' });
    bob.session.subscribePattern('a.', 'prefix', {});
    await publish(writer, 'a.1', 1);
    await settled();
    assert.equal(answers.length, 2);
    await hub.recheck();
    for (const answer of answers) answer.resolve(true);
    await settled();
    assert.equal(answers.length, 4);
    for (const answer of answers) answer.resolve(false);
    await refused;
    await settled();
    await publish(writer, 'a.1', 2);
    assert.deepEqual([ada.peer.data, bob.peer.data, core.topics.get('a.1')?.members.size ?? 0], [[], [], 0]);
  });

  it('reaches a subscription that waits for the log, and asks for the right to its history as well', async () => {
    const engine = new PlainEngine();
    const reads: PromiseWithResolvers<void>[] = [];
    const readLatest = engine.readLatest.bind(engine);
    engine.readLatest = async (...of: Parameters<typeof readLatest>) => {
      const read = Promise.withResolvers<void>();
      reads.push(read);
      await read.promise;
      return readLatest(...of);
    };
    let allowed = true;
    const { hub, join } = testHub({ a: { history: {}, allow: { ...open, history: () => allowed } } }, { engine });
    const [reader, writer] = [join(), join()];
    await publish(writer, 'a', 1);
    const again = reader.session.subscribe('a', { replay: 'recover', last: 1 });
    await settled();
    await hub.recheck();
    reads[0]!.resolve();
    await settled();
    assert.equal(reads.length, 2, 'it is still allowed, and reads anew');
    allowed = false;
    await hub.recheck();
    reads[1]!.resolve();
    await assert.rejects(again, { code: 'denied' });
    assert.deepEqual(reader.peer.data, []);
  });

  it('reaches who watches presence, and who is about to', async () => {
    let allowed = true;
    const answers: PromiseWithResolvers<void>[] = [];
    const presence = async (): Promise<boolean> => {
      const asked = Promise.withResolvers<void>();
      answers.push(asked);
      await asked.promise;
      return allowed;
    };
    const { hub, join } = testHub({ a: { presence: 'count', allow: { ...open, presence } } });
    const [ada, bob, guest] = [join('ada'), join('bob'), join()];
    const told: number[] = [];
    const denied: string[] = [];
    const watch = ada.session.watchPresence(
      'a',
      ({ count }) => told.push(count),
      ({ code }) => denied.push(code),
    );
    answers[0]!.resolve();
    await watch;
    const later = assert.rejects(
      bob.session.watchPresence('a', () => assert.fail('he may not')),
      { code: 'denied' },
    );
    await settled();
    const rechecked = hub.recheck();
    allowed = false;
    await settled();
    for (let round = 0; round < 3; round++) {
      for (const answer of answers) answer.resolve();
      await settled();
    }
    await Promise.all([rechecked, later]);
    await guest.session.subscribe('a');
    assert.deepEqual([told, denied], [[0], ['denied']]);
  });
});
