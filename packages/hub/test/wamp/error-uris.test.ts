import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closeUris, errorUris } from '../../src/wamp/error-uris.ts';
import { isReservedUri, isUri } from '../../src/wamp/uri.ts';

describe('the predefined URIs', () => {
  it('are strict URIs, reserved, and each stands there once', () => {
    const uris = [...Object.values(errorUris), ...Object.values(closeUris)];
    for (const uri of uris) assert.ok(isUri(uri, { strict: true }) && isReservedUri(uri), uri);
    assert.equal(new Set(uris).size, uris.length);
    assert.ok(Object.values(errorUris).every((uri) => uri.startsWith('wamp.error.')));
    assert.ok(Object.values(closeUris).every((uri) => uri.startsWith('wamp.close.')));
  });
});
