import assert from 'node:assert/strict';
import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { exportSPKI, importSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { type JwtOptions, jwt } from '../../src/hub/jwt.ts';
import type { Admission } from '../../src/hub/user.ts';

const secret = 'thirty-two bytes of a shared secret';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const now = Math.floor(Date.now() / 1000);

const sign = (claims: JWTPayload, alg: string, key: Parameters<SignJWT['sign']>[0]): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(key);
const bytes = new TextEncoder().encode(secret);
const bySecret = (claims: JWTPayload): Promise<string> => sign(claims, 'HS256', bytes);
const admit = async (options: JwtOptions, token: string): Promise<Admission | undefined> =>
  await jwt(options)({ token });

describe('a JWT', () => {
  it('says who it is, when it was made, and how long it holds, a little longer for clocks that differ', async () => {
    const token = await bySecret({ sub: 'ada', role: 'agent', name: 'Ada', iat: now, exp: now + 60, other: 1 });
    assert.deepEqual(await admit({ secret }, token), {
      user: { id: 'ada', role: 'agent', name: 'Ada' },
      issued: now * 1000,
      expires: (now + 65) * 1000,
    });
    assert.deepEqual(await admit({ secret: bytes }, await bySecret({ sub: 'ada' })), {
      user: { id: 'ada' },
      issued: 0,
    });
  });

  it('may be read by the application in its own way', async () => {
    const user = ({ uid }: JWTPayload) => (typeof uid === 'string' ? { id: uid, plan: 'free' } : undefined);
    assert.deepEqual((await admit({ secret, user }, await bySecret({ uid: 'u1' })))?.user, { id: 'u1', plan: 'free' });
    assert.equal(await admit({ secret, user }, await bySecret({ sub: 'ada' })), undefined);
  });

  it('is verified by a public key of any usual kind', async () => {
    for (const [alg, { publicKey, privateKey }] of [
      ['ES256', ec],
      ['RS256', rsa],
      ['PS256', rsa],
      ['EdDSA', ed],
    ] as const) {
      const token = await sign({ sub: 'ada' }, alg, privateKey);
      assert.equal((await admit({ key: publicKey }, token))?.user.id, 'ada');
    }
    const key = await importSPKI(await exportSPKI(ec.publicKey as never), 'ES256');
    assert.equal((await admit({ key }, await sign({ sub: 'ada' }, 'ES256', ec.privateKey)))?.user.id, 'ada');
  });

  it('is nobody’s when it does not hold', async () => {
    const expected = { secret, issuer: 'https://id.example', audience: 'chat' };
    const good = { sub: 'ada', iss: 'https://id.example', aud: 'chat', exp: now + 60 };
    assert.equal((await admit(expected, await bySecret(good)))?.user.id, 'ada');
    const bad: Record<string, string> = {
      expired: await bySecret({ ...good, exp: now - 60 }),
      'not yet': await bySecret({ ...good, nbf: now + 60 }),
      'another issuer': await bySecret({ ...good, iss: 'https://evil.example' }),
      'no issuer': await bySecret({ ...good, iss: undefined as never }),
      'another audience': await bySecret({ ...good, aud: 'mail' }),
      'no subject': await bySecret({ ...good, sub: undefined as never }),
      'another secret': await sign(good, 'HS256', new TextEncoder().encode('another thirty-two bytes of secret')),
      'another algorithm': await sign(good, 'HS512', new TextEncoder().encode(secret.repeat(2))),
      unsigned: new UnsecuredJWT(good).encode(),
      'no token': 'hello',
      empty: '',
    };
    const [header, payload, signature] = (await bySecret(good)).split('.') as [string, string, string];
    bad['changed'] = [
      header,
      Buffer.from(JSON.stringify({ ...good, sub: 'root' })).toString('base64url'),
      signature,
    ].join('.');
    bad['cut'] = [header, payload, ''].join('.');
    for (const [why, token] of Object.entries(bad)) assert.equal(await admit(expected, token), undefined, why);
    assert.equal(await jwt(expected)({}), undefined);
  });

  // RFC 8725 §2.1: the public key is taken for the secret of an HMAC, if the token may say so.
  it('can not choose HMAC with the public key as its secret, nor an algorithm of another kind of key', async () => {
    const asSecret = createSecretKey(Buffer.from(await exportSPKI(rsa.publicKey as never)));
    assert.equal(await admit({ key: rsa.publicKey }, await sign({ sub: 'root' }, 'HS256', asSecret)), undefined);
    assert.equal(await admit({ key: rsa.publicKey }, await sign({ sub: 'root' }, 'ES256', ec.privateKey)), undefined);
    assert.equal(await admit({ key: ec.publicKey }, await sign({ sub: 'root' }, 'RS256', rsa.privateKey)), undefined);
    assert.equal(await admit({ key: ed.publicKey }, new UnsecuredJWT({ sub: 'root' }).encode()), undefined);
  });

  it('is verified in exactly one way, and by no short secret', () => {
    assert.throws(() => jwt({}), TypeError);
    assert.throws(() => jwt({ secret, key: ec.publicKey }), TypeError);
    assert.throws(() => jwt({ secret: 'too short' }), TypeError);
    assert.throws(() => jwt({ secret: '' }), TypeError);
    assert.throws(() => jwt({ key: generateKeyPairSync('x25519').publicKey }), TypeError);
  });
});
