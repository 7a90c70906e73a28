/** EVENTs of those whom what came before was not for: `_tidewire_skipped`, and how often it is framed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageOf } from '../../src/wamp/messages.ts';
import type { Dict } from '../../src/wamp/options.ts';
import { type Client, openRouterOnPaper, settle } from '../support/wamp-router.ts';

const topic = 'com.topic';

/** What EVENTs said, with what was skipped before them. */
const heard = (client: Client): unknown[] =>
  client.inbox.splice(0).map((message) => {
    const { args, details } = message as MessageOf<'EVENT'>;
    return [args?.[0], details['_tidewire_skipped']];
  });

async function people(count: number): Promise<Client[]> {
  const router = openRouterOnPaper();
  const clients: Client[] = [];
  for (let i = 0; i < count; i++) clients.push(await router.join());
  for (const client of clients) await client.subscribe(topic);
  return clients;
}

describe('EVENTs after publications that were not for their receiver', () => {
  test('say how many these were', async () => {
    const [ann, bob] = (await people(2)) as [Client, Client];
    await ann.publish(topic, ['mine']);
    await ann.publish(topic, ['mine again']);
    await ann.publish(topic, ['for all'], { exclude_me: false });
    await bob.publish(topic, ['bob’s']);
    assert.deepEqual(heard(ann), [
      ['for all', 2],
      ['bob’s', undefined],
    ]);
    assert.deepEqual(heard(bob), [
      ['mine', undefined],
      ['mine again', undefined],
      ['for all', undefined],
    ]);
  });

  test('are framed once for all who have missed as many', async () => {
    const [ann, ...others] = (await people(9)) as [Client, ...Client[]];
    const toAnn: Dict = { eligible: [ann.id], exclude_me: false };
    await ann.publish(topic, ['for me'], toAnn);
    await ann.publish(topic, ['for all'], { exclude_me: false });
    assert.deepEqual(heard(ann), [
      ['for me', undefined],
      ['for all', undefined],
    ]);
    for (const other of others) assert.deepEqual(heard(other), [['for all', 1]]);
    assert.equal(new Set(others.map(({ frames }) => frames.at(-1))).size, 1);
    await ann.publish(topic, ['and more'], { exclude_me: false });
    for (const other of others) assert.deepEqual(heard(other), [['and more', undefined]]);
    assert.equal(new Set([ann, ...others].map(({ frames }) => frames.at(-1))).size, 1);
  });
});

describe('EVENTs of one turn', () => {
  test('are framed once, for those who get all of them and for those who do not', async () => {
    const [ann, ...others] = (await people(5)) as [Client, ...Client[]];
    for (const [text, exclude_me] of [
      ['one', false],
      ['two', true],
      ['three', false],
    ] as const) {
      ann.receive({ type: 'PUBLISH', request: ann.nextRequest(), options: { exclude_me }, topic, args: [text] });
    }
    await settle();
    assert.deepEqual(heard(ann), [
      ['one', undefined],
      ['three', 1],
    ]);
    for (const other of others) {
      assert.deepEqual(heard(other), [
        ['one', undefined],
        ['two', undefined],
        ['three', undefined],
      ]);
    }
    assert.equal(new Set([ann, ...others].flatMap(({ frames }) => frames)).size, 4);
  });

  test('are framed once for all who skipped as many of them', async () => {
    const [ann, ...others] = (await people(9)) as [Client, ...Client[]];
    const toAnn = { eligible: [ann.id], exclude_me: false };
    const toAll = { exclude_me: false };
    for (const options of [toAll, toAnn, toAll, toAnn, toAll]) {
      ann.receive({ type: 'PUBLISH', request: ann.nextRequest(), options, topic, args: ['x'] });
    }
    await settle();
    assert.equal(heard(ann).length, 5);
    for (const other of others) {
      assert.deepEqual(heard(other), [
        ['x', undefined],
        ['x', 1],
        ['x', 1],
      ]);
    }
    assert.equal(new Set(others.flatMap(({ frames }) => frames)).size, 3);
  });
});
