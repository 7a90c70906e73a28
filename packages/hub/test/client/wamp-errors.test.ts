import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHubError } from '../../src/client/wamp-errors.ts';
import { hubErrors } from '../../src/contract/errors.ts';
import { errorUriOf } from '../../src/wamp/outcome.ts';

describe('an error that came by its URI alone', () => {
  it('has the code that the hub wrote as that URI, and is as temporary', () => {
    for (const [code, { temporary }] of Object.entries(hubErrors)) {
      const error = toHubError(errorUriOf(code), {});
      assert.deepEqual([error.code, error.temporary], [code, temporary]);
    }
    assert.equal(toHubError(errorUriOf('sold-out'), {}).code, 'sold-out');
  });

  it('that is no code is internal, whatever it is', () => {
    for (const uri of ['', 'No', 'wamp.error.constructor', `wamp.error.${'x'.repeat(200)}`]) {
      assert.equal(toHubError(uri, {}).code, 'internal');
    }
  });
});
