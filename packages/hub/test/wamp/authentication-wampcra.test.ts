import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  challengeExtra,
  deriveKey,
  makeChallenge,
  signChallenge,
  verifySignature,
} from '../../src/wamp/authentication-wampcra.ts';

const details = {
  authid: 'peter',
  authrole: 'user',
  authprovider: 'userdb',
  session: 3251278072152162,
  now: 1403454985448,
};

describe('WAMP-CRA, the challenge', () => {
  it('is a JSON object with the seven members that the text demands', () => {
    assert.deepEqual(JSON.parse(makeChallenge({ ...details, nonce: 'LHRTC9zeOIrt_9U3' })), {
      nonce: 'LHRTC9zeOIrt_9U3',
      authprovider: 'userdb',
      authid: 'peter',
      timestamp: '2014-06-22T16:36:25.448Z',
      authrole: 'user',
      authmethod: 'wampcra',
      session: 3251278072152162,
    });
  });

  it('never comes twice', () => {
    const { nonce } = JSON.parse(makeChallenge(details)) as { nonce: string };
    assert.match(nonce, /^[\w-]{24}$/);
    assert.notEqual(makeChallenge(details), makeChallenge(details));
  });

  it('says how the key was derived when it was', () => {
    assert.deepEqual(challengeExtra('c'), { challenge: 'c' });
    assert.deepEqual(challengeExtra('c', { salt: 's' }), { challenge: 'c', salt: 's', iterations: 1000, keylen: 32 });
    const derivation = { salt: 's', iterations: 5, keylen: 16 };
    assert.deepEqual(challengeExtra('c', derivation), { challenge: 'c', ...derivation });
  });
});

describe('WAMP-CRA, the signature', () => {
  it('is HMAC-SHA256 in base64 (RFC 4231 §4.3)', () => {
    const mac = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    const signature = signChallenge('Jefe', 'what do ya want for nothing?');
    assert.equal(signature, Buffer.from(mac, 'hex').toString('base64'));
  });

  it('is accepted when it is right, and refused when it is anything else', () => {
    const challenge = makeChallenge(details);
    const signature = signChallenge('secret', challenge);
    assert.ok(verifySignature('secret', challenge, signature));
    const wrongs = [
      '',
      signature.slice(0, -1),
      `${signature}=`,
      signature.toLowerCase(),
      'ü'.repeat(22),
      'x'.repeat(1e6),
    ];
    for (const wrong of wrongs) assert.ok(!verifySignature('secret', challenge, wrong));
    assert.ok(!verifySignature('Secret', challenge, signature));
    assert.ok(!verifySignature('secret', makeChallenge(details), signature));
  });
});

describe('WAMP-CRA, the derived key', () => {
  it('is PBKDF2-HMAC-SHA256 in base64 (RFC 7914 §11)', async () => {
    const key =
      '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc' +
      '49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783';
    const derived = await deriveKey('passwd', { salt: 'salt', iterations: 1, keylen: 64 });
    assert.equal(Buffer.from(derived, 'base64').toString('hex'), key);
  });

  it('is the secret that both sides sign with', async () => {
    const derivation = { salt: 'salt123', iterations: 100, keylen: 32 };
    const stored = await deriveKey('secret2', derivation);
    const challenge = makeChallenge(details);
    assert.ok(verifySignature(stored, challenge, signChallenge(await deriveKey('secret2', derivation), challenge)));
    assert.ok(!verifySignature(stored, challenge, signChallenge('secret2', challenge)));
  });

  it('has 32 octets of 1000 iterations unless told otherwise', async () => {
    const key = await deriveKey('a', { salt: 'b' });
    assert.equal(Buffer.from(key, 'base64').length, 32);
    assert.equal(key, await deriveKey('a', { salt: 'b', iterations: 1000, keylen: 32 }));
  });
});
