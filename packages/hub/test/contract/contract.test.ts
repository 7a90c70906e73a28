import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import * as v from 'valibot';
import {
  anything,
  type CallOf,
  type DataIn,
  type DataOf,
  defineContract,
  type InputOf,
  type OutputOf,
  type ProgressOf,
  type TopicOf,
  type TopicParams,
  validated,
  validatedNow,
} from '../../src/contract/contract.ts';
import { Hub } from '../../src/hub/hub.ts';

const contract = defineContract({
  topics: {
    'support.{ticket}': v.object({ text: v.pipe(v.string(), v.maxLength(5)) }),
    'stock.{symbol}.{exchange}': v.object({ price: v.pipe(v.string(), v.transform(Number)) }),
    news: v.string(),
  },
  calls: {
    'ticket.close': { input: v.object({ ticket: v.string() }), output: v.boolean() },
    import: { input: v.number(), output: v.string(), progress: v.number() },
  },
});
type C = typeof contract;

/** Two types are one. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(): T => true as T;

describe('a contract', () => {
  // The checks are the compiler's: a comment that expects an error where there is none is an error itself.
  test('types names, parameters and payloads', () => {
    same<Same<TopicOf<C>, 'support.{ticket}' | 'stock.{symbol}.{exchange}' | 'news'>>();
    same<Same<CallOf<C>, 'ticket.close' | 'import'>>();
    same<Same<DataOf<C, 'support.{ticket}'>, { text: string }>>();
    same<Same<DataIn<C, 'stock.{symbol}.{exchange}'>, { price: string }>>();
    same<Same<DataOf<C, 'stock.{symbol}.{exchange}'>, { price: number }>>();
    same<Same<InputOf<C, 'ticket.close'>, { ticket: string }>>();
    same<Same<OutputOf<C, 'ticket.close'>, boolean>>();
    same<Same<ProgressOf<C, 'import'>, number>>();
    same<Same<ProgressOf<C, 'ticket.close'>, never>>();
    const params: TopicParams<'stock.{symbol}.{exchange}'> = { symbol: 'ACME', exchange: 'X' };
    params.symbol satisfies string;
    // @ts-expect-error one is missing
    ({ symbol: 'ACME' }) satisfies TopicParams<'stock.{symbol}.{exchange}'>;
  });

  test('types what a hub is told of it', async () => {
    const hub = new Hub(contract);
    hub.topic('support.{ticket}', {
      key: ({ text }) => text,
      allow: {
        subscribe: ({ user, ticket }) => user !== undefined && ticket.length > 0,
        // @ts-expect-error it has no such parameter
        publish: ({ symbol }) => symbol === '',
      },
      accept: (data, { ticket }) => ({ text: data.text + ticket }),
    });
    // @ts-expect-error it has no such topic
    assert.throws(() => hub.topic('support.{other}', {}));
    hub.handle('ticket.close', {}, ({ input }) => input.ticket === '1');
    hub.handle('import', {}, async ({ input, progress }) => {
      await progress(input);
      // @ts-expect-error progress is a number
      await progress('much');
      return String(input);
    });
    // @ts-expect-error it has no such call
    assert.throws(() => hub.handle('ticket.open', {}, () => true));
    await hub.publish('support.{ticket}', { ticket: '1' }, { text: 'hi' });
    // @ts-expect-error a text is missing
    await assert.rejects(hub.publish('support.{ticket}', { ticket: '1' }, {}));
    // @ts-expect-error a ticket is missing
    await assert.rejects(hub.publish('support.{ticket}', {}, { text: 'hi' }));
    await hub.close();
  });

  it('is refused with patterns and names that are none', () => {
    assert.throws(() => defineContract({ topics: { 'a..b': anything } }), TypeError);
    for (const name of ['', 'a b', 'a..b', '.a', 'a#']) {
      assert.throws(() => defineContract({ calls: { [name]: { input: anything, output: anything } } }), TypeError);
    }
    assert.deepEqual(defineContract({}), { topics: {}, calls: {} });
  });
});

describe('validation', () => {
  it('gives what the schema makes of a value', async () => {
    assert.deepEqual(await validated(contract.topics['stock.{symbol}.{exchange}'], { price: '12' }), { price: 12 });
    assert.equal(await validated(anything, undefined), undefined);
  });

  it('says what is wrong and where, of as much as can be read', async () => {
    await assert.rejects(validated(contract.topics['support.{ticket}'], { text: 'too long' }), (error: any) => {
      assert.equal(error.code, 'invalid');
      assert.match(error.message, /^text: /);
      assert.equal(error.data[0].path, 'text');
      return true;
    });
    const many = v.array(v.number());
    await assert.rejects(
      validated(
        many,
        Array.from({ length: 1000 }, () => 'x'),
      ),
      (error: any) => error.data.length === 10,
    );
    await assert.rejects(validated(v.never(), 1), { code: 'invalid' });
  });

  it('is at once where the schema answers at once', () => {
    assert.deepEqual(validatedNow(v.number(), 1), { value: 1 });
    assert.throws(() => validatedNow(v.number(), 'x'), { code: 'invalid' });
    const late: StandardSchemaV1 = {
      '~standard': { version: 1, vendor: 'test', validate: async (value) => ({ value }) },
    };
    assert.equal(validatedNow(late, 1), undefined);
  });
});
