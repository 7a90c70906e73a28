/** What the compiler knows of a hub's topics: this file fails to compile, rather than to run, where it is wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { anything, defineContract } from '../../src/contract/contract.ts';
import { Hub } from '../../src/hub/hub.ts';

interface Ticket {
  readonly id: string;
}
interface Line {
  readonly text: string;
}

describe('a typed hub', () => {
  it('knows the data of the very topic that is named, also of one with parameters', async () => {
    // It was the data of all topics: the parameters of one pattern fit the type of any.
    const contract = defineContract({
      topics: {
        desk: anything as StandardSchemaV1<Ticket>,
        'ticket.{ticket}': anything as StandardSchemaV1<Line>,
      },
    });
    const hub = new Hub(contract);
    hub.topic('desk', { retain: true });
    hub.topic('ticket.{ticket}', { history: {} });
    await hub.publish('desk', {}, { id: '1' });
    await hub.publish('ticket.{ticket}', { ticket: '1' }, { text: 'hello' });
    const ids: readonly string[] = (await hub.retained('desk', {})).map(({ data }) => data.id);
    const texts: readonly string[] = (await hub.latest('ticket.{ticket}', { ticket: '1' }, 5)).map(
      ({ data }) => data.text,
    );
    assert.deepEqual([ids, texts], [['1'], ['hello']]);
    // @ts-expect-error data of another topic
    await hub.publish('ticket.{ticket}', { ticket: '1' }, { id: '1' });
    await hub.close();
  });
});
