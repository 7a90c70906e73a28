/** Who may read and write what in messaging: asked of the hub itself, since a page could be anything. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { contract, directId, type MessagingContract, pairOf } from '../messaging/contract.ts';
import { Receipts } from '../messaging/receipts.ts';
import { messaging } from '../messaging/server.ts';
import { type HubUser, hubUser, take } from './support/hub-user.ts';
import { type StartedShowcase, startedShowcase } from './support/running.ts';

const denied = { code: 'denied' };
type Person = HubUser<MessagingContract>;

describe('messaging on the hub', { timeout: 60_000 }, () => {
  it('lets only the two of a direct talk read and write it, under their own names', async (t) => {
    const { ann, bob, cleo } = await cast(t);
    const { id } = await ann.client.call('messaging.direct', bob.user.id);
    assert.equal(id, directId(bob.user.id, ann.user.id));
    await talkOf(ann, id).publish(message(bob, 'm1', 'I am Bob'));
    const [entry] = await take(talkOf(bob, id), 1, 1);
    assert.deepEqual(entry, message(ann, 'm1', 'I am Bob'));
    await refused(cleo, id);
    // Nor by a name of the topic that the server would not make.
    for (const name of [
      `${id}~${cleo.user.id}`,
      [...id.split('~')].reverse().join('~'),
      `${cleo.user.id}~`,
      cleo.user.id,
    ]) {
      await refused(ann, name);
      await refused(cleo, name);
    }
    await assert.rejects(take(cleo.client.topic('messaging.inbox.{owner}', { owner: ann.user.id }), 1), denied);
    await assert.rejects(take(ann.client.topic('messaging.groups'), 1), denied);
  });

  it('puts a talk into both inboxes, once', async (t) => {
    const { ann, bob } = await cast(t);
    const talk = await ann.client.call('messaging.direct', bob.user.id);
    await ann.client.call('messaging.direct', bob.user.id);
    for (const { client, user } of [ann, bob]) {
      const inbox = client.topic('messaging.inbox.{owner}', { owner: user.id });
      assert.deepEqual(await take(inbox, 1), [talk]);
    }
    await assert.rejects(ann.client.call('messaging.direct', ann.user.id), { code: 'invalid' });
    await assert.rejects(ann.client.call('messaging.direct', 'nobody'), { code: 'invalid' });
  });

  it('lets a group be read and written by its members alone, and members add others', async (t) => {
    const { ann, bob, cleo, showcase } = await cast(t);
    const group = { id: 'g1', title: ' Harbour ', members: [bob.user.id] };
    const made = await ann.client.call('messaging.group', group);
    assert.deepEqual(made, { id: 'g1', title: 'Harbour', members: [ann.user, bob.user], by: ann.user });
    assert.deepEqual(await ann.client.call('messaging.group', group), made);
    await assert.rejects(bob.client.call('messaging.group', group), { code: 'invalid' });
    await refused(cleo, 'g1');
    await assert.rejects(cleo.client.call('messaging.add', { group: 'g1', members: [cleo.user.id] }), denied);
    await bob.client.call('messaging.add', { group: 'g1', members: [cleo.user.id, ann.user.id] });
    await talkOf(cleo, 'g1').publish(message(cleo, 'm1', 'hello'));
    await assert.rejects(talkOf(cleo, 'g1').publish({ type: 'event', what: 'left', by: bob.user, whom: '' }), denied);

    // Membership outlives a restart, and ends at once for who leaves.
    await showcase.restart();
    const said = await take(talkOf(cleo, 'g1'), 3, 10);
    assert.deepEqual(
      said.map((entry) => (entry.type === 'event' ? entry.what : entry.text)),
      ['created', 'added', 'hello'],
    );
    const reading = talkOf(cleo, 'g1').subscribe();
    assert.deepEqual([(await reading.next()).value?.type, (await reading.next()).value?.type], ['joined', 'caught-up']);
    await cleo.client.call('messaging.leave', 'g1');
    // That Cleo left may be told before it ends.
    await assert.rejects(async () => {
      for await (const item of reading) assert.equal(item.type, 'publication');
    }, denied);
    await refused(cleo, 'g1');
  });

  it('never puts a mark back, nor beyond what is written, and keeps one for each member and kind', async (t) => {
    const { ann, bob } = await cast(t);
    const { id } = await ann.client.call('messaging.direct', bob.user.id);
    for (const at of ['m1', 'm2']) await talkOf(ann, id).publish(message(ann, at, 'hello'));
    const marks = bob.client.topic('messaging.marks.{talk}', { talk: id });
    for (const offset of [2, 1]) await marks.publish({ user: ann.user.id, kind: 'read', offset });
    await marks.publish({ user: bob.user.id, kind: 'delivered', offset: 1_000_000 });
    assert.deepEqual(await take(ann.client.topic('messaging.marks.{talk}', { talk: id }), 2), [
      { user: bob.user.id, kind: 'read', offset: 2 },
      { user: bob.user.id, kind: 'delivered', offset: 2 },
    ]);
  });
});

describe('receipts', () => {
  it('say how many have got a message, and how many have read it', () => {
    const receipts = new Receipts();
    const says = (people = ['bob', 'cleo']) => receipts.progressOf(5, people).says;
    assert.equal(says(), 'sent');
    receipts.told({ user: 'bob', kind: 'delivered', offset: 5 });
    assert.equal(says(), 'delivered to 1 of 2');
    receipts.told({ user: 'cleo', kind: 'delivered', offset: 9 });
    assert.equal(says(), 'delivered');
    receipts.told({ user: 'bob', kind: 'read', offset: 6 });
    receipts.told({ user: 'bob', kind: 'read', offset: 2 });
    assert.equal(says(), 'read by 1 of 2');
    assert.equal(says(['bob']), 'read');
    assert.equal(says(['cleo']), 'delivered');
    receipts.told({ user: 'cleo', kind: 'read', offset: 5 });
    assert.equal(says(), 'read by all');
    assert.equal(receipts.progressOf(5, []).says, 'sent');
  });
});

describe('the id of a talk', () => {
  it('is the same for both people, and says who they are', () => {
    assert.equal(directId('b', 'a'), 'a~b');
    assert.deepEqual(pairOf('a~b'), ['a', 'b']);
    for (const id of ['b~a', 'a~a', 'a~', '~a', 'a~b~c', 'group']) assert.equal(pairOf(id), undefined, id);
  });
});

interface Cast {
  readonly showcase: StartedShowcase;
  readonly ann: Person;
  readonly bob: Person;
  readonly cleo: Person;
}

/** Three people who have been here. */
async function cast(t: TestContext): Promise<Cast> {
  const showcase = await startedShowcase(t, { applications: [messaging] });
  const enter = async (name: string): Promise<Person> => {
    const person = await hubUser(t, showcase, contract, name);
    await person.client.call('messaging.enter', null);
    return person;
  };
  return { showcase, ann: await enter('Ann'), bob: await enter('Bob'), cleo: await enter('Cleo') };
}

/** Nothing of a talk is for this person. */
async function refused(person: Person, talk: string): Promise<void> {
  const { client } = person;
  for (const kind of ['talk', 'marks', 'typing'] as const) {
    await assert.rejects(take(client.topic(`messaging.${kind}.{talk}`, { talk }), 1), denied, `${kind} ${talk}`);
  }
  await assert.rejects(talkOf(person, talk).history({ last: 5 }), denied);
  await assert.rejects(talkOf(person, talk).publish(message(person, 'x', 'hello')), denied);
}

function talkOf({ client }: Person, talk: string) {
  return client.topic('messaging.talk.{talk}', { talk });
}

function message({ user }: Person, id: string, text: string) {
  return { type: 'message', id, text, from: user } as const;
}
