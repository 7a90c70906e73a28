/** Message ids: random UUIDs as URNs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newMessageId } from '../../src/soap/message-id.ts';

test('a message id is a UUID of version 4, and never the same', () => {
  const ids = Array.from({ length: 1000 }, newMessageId);
  for (const id of ids) assert.match(id, /^urn:uuid:[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.equal(new Set(ids).size, 1000);
});
