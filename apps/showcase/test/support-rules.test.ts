/** Who may read and write what in live support: asked of the hub itself, since a page could be anything. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { connectHub } from '@tidewire/hub/client';
import { contract, type SupportContract, type Ticket } from '../support/contract.ts';
import { support } from '../support/server.ts';
import { type HubUser, hubUser, take } from './support/hub-user.ts';
import { type StartedShowcase, startedShowcase } from './support/running.ts';

const denied = { code: 'denied' };

interface Cast {
  readonly showcase: StartedShowcase;
  readonly vera: HubUser<SupportContract>;
  readonly adam: HubUser<SupportContract>;
  readonly ticket: Ticket;
}

describe('live support on the hub', { timeout: 60_000 }, () => {
  it('lets nobody but the visitor and agents read or write a ticket', async (t) => {
    const { showcase, vera, ticket } = await cast(t);
    const olga = await hubUser(t, showcase, contract, 'Olga');
    const nobody = connectHub(contract, new URL('realtime', showcase.url));
    t.after(() => nobody.close());
    for (const { client, user } of [olga, { client: nobody, user: vera.user }]) {
      for (const kind of ['ticket', 'read', 'typing'] as const) {
        await assert.rejects(take(client.topic(`support.${kind}.{ticket}`, { ticket: ticket.id }), 1), denied, kind);
      }
      await assert.rejects(topicOf(client, ticket).history({ last: 5 }), denied);
      await assert.rejects(topicOf(client, ticket).publish(message(user, 'a', 'in')), denied);
      await assert.rejects(take(client.topic('support.visitor.{visitor}', { visitor: vera.user.id }), 1), denied);
      await assert.rejects(take(client.topic('support.desk'), 1), denied);
      await assert.rejects(client.topic('support.lobby').presence().next(), denied);
      await assert.rejects(client.call('support.close', ticket.id), denied);
      await assert.rejects(client.call('support.take', ticket.id), denied);
    }
  });

  it('stamps who wrote something, whatever the page says, and takes no word for what was done with a ticket', async (t) => {
    const { vera, adam, ticket } = await cast(t);
    const { client } = vera;
    await topicOf(client, ticket).publish({ ...message(adam.user, 'm1', 'I am Adam'), side: 'agent' });
    const [, entry] = await take(topicOf(adam.client, ticket), 2, 10);
    assert.deepEqual(entry, message(vera.user, 'm1', 'I am Adam'));
    await assert.rejects(topicOf(client, ticket).publish({ type: 'event', what: 'closed', by: adam.user }), denied);
  });

  it('lets the agent write who has taken the ticket, and nobody once it is closed', async (t) => {
    const { showcase, vera, adam, ticket } = await cast(t);
    const bea = await hubUser(t, showcase, contract, 'Bea');
    await bea.client.call('support.enter', null);
    const write = ({ client, user }: Cast['vera'], id: string) =>
      topicOf(client, ticket).publish(message(user, id, 'hello'));
    await assert.rejects(write(adam, 'a1'), denied);
    await adam.client.call('support.take', ticket.id);
    await write(adam, 'a2');
    await assert.rejects(write(bea, 'b1'), denied);
    assert.deepEqual((await bea.client.call('support.take', ticket.id)).agent, bea.user);
    await assert.rejects(write(adam, 'a3'), denied);
    const closed = await vera.client.call('support.close', ticket.id);
    assert.equal(closed.state, 'closed');
    for (const user of [vera, adam, bea]) await assert.rejects(write(user, 'late'), denied);
    const next = await vera.client.call('support.open', null);
    assert.equal(next.id, '2');
  });

  it('gives a visitor one open ticket, however often it is asked for', async (t) => {
    const { vera, ticket } = await cast(t);
    assert.deepEqual(await vera.client.call('support.open', null), ticket);
  });

  it('never puts a read mark back, nor beyond what is written', async (t) => {
    const { vera, adam, ticket } = await cast(t);
    const marks = vera.client.topic('support.read.{ticket}', { ticket: ticket.id });
    await topicOf(vera.client, ticket).publish(message(vera.user, 'm1', 'hello'));
    for (const offset of [2, 1, 1_000_000]) await marks.publish({ side: 'agent', offset });
    const [mark] = await take(adam.client.topic('support.read.{ticket}', { ticket: ticket.id }), 1);
    assert.deepEqual(mark, { side: 'visitor', offset: 2 });
  });

  it('keeps tickets and agents over a restart, and ends what an agent reads who leaves the desk', async (t) => {
    const { showcase, adam, ticket } = await cast(t);
    await adam.client.call('support.take', ticket.id);
    await showcase.restart();
    await adam.client.connected();
    const desk = adam.client.topic('support.desk').subscribe();
    assert.deepEqual(
      [(await desk.next()).value?.type, (await desk.next()).value?.type, (await desk.next()).value?.type],
      ['joined', 'publication', 'caught-up'],
    );
    assert.equal((await adam.client.call('support.take', ticket.id)).agent?.id, adam.user.id);
    await adam.client.call('support.leave', null);
    await assert.rejects(desk.next(), denied);
    await assert.rejects(take(topicOf(adam.client, ticket), 1), denied);
  });
});

/** A visitor with a ticket, and an agent. */
async function cast(t: TestContext): Promise<Cast> {
  const showcase = await startedShowcase(t, { applications: [support] });
  const vera = await hubUser(t, showcase, contract, 'Vera');
  const adam = await hubUser(t, showcase, contract, 'Adam');
  await adam.client.call('support.enter', null);
  return { showcase, vera, adam, ticket: await vera.client.call('support.open', null) };
}

function topicOf(client: Cast['vera']['client'], { id }: Ticket) {
  return client.topic('support.ticket.{ticket}', { ticket: id });
}

function message(from: Cast['vera']['user'], id: string, text: string) {
  return { type: 'message', id, text, from, side: 'visitor' } as const;
}
