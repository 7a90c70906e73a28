/** A contract joined with its handlers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failedFault, soapService } from '../../src/soap/service.ts';
import { type ChatDefinition, type ChatHandlers, chat } from '../support/soap-example.ts';

const handlers: ChatHandlers = {
  join: ({ name }, { user }) => ({ members: [user, name] }),
  add: async ({ a, b }) => ({ sum: a + b }),
  say: () => undefined,
  wait: () => ({}),
};
const context = { user: 'Ann', signal: new AbortController().signal };

describe('a service', () => {
  test('runs the handler of an operation, with its input and who asks', async () => {
    const service = soapService<ChatDefinition, string>(chat, handlers);
    assert.deepEqual(await service.run('join', { name: 'Bob' }, context), { members: ['Ann', 'Bob'] });
    assert.deepEqual(await service.run('add', { a: 1, b: 2 }, context), { sum: 3 });
  });

  test('turns what a handler throws at once into a rejection', async () => {
    const service = soapService<ChatDefinition, string>(chat, {
      ...handlers,
      add: () => {
        throw new Error('no');
      },
    });
    await assert.rejects(service.run('add', {}, context), /no/);
  });

  test('without a handler, or with one too many, is not made', () => {
    const { add: _, ...missing } = handlers;
    assert.throws(() => soapService<ChatDefinition, string>(chat, missing as ChatHandlers), /add has no handler/);
    assert.throws(
      () => soapService<ChatDefinition, string>(chat, { ...handlers, extra: () => ({}) } as ChatHandlers),
      /no operation "extra"/,
    );
  });

  test('says of its own errors only that they happened', () => {
    assert.deepEqual([failedFault().code, failedFault().reason], ['Receiver', 'The service failed']);
  });
});
