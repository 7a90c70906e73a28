/** Names through signed tokens: who may have which, for how long, and what is not believed. */
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { NameError, Names, openNames } from '../names.ts';
import { temporaryFolder } from './support/running.ts';

const secret = new Uint8Array(32).fill(7);
const hour = 3_600_000;
const day = 24 * hour;

/** Names with a clock that a test moves. */
function namesAt(start = 1_700_000_000_000) {
  const clock = { now: start };
  return { clock, names: new Names(secret, { now: () => clock.now }) };
}

describe('a name', () => {
  it('is given with a token that says who holds it, for an hour', async () => {
    const { clock, names } = namesAt();
    const { token, user, lifetime } = await names.issue('  Ann ');
    assert.deepEqual({ name: user.name, lifetime }, { name: 'Ann', lifetime: hour });
    assert.deepEqual(await names.verify(token), { ...user, expires: clock.now + hour });
    clock.now += hour - 1000;
    assert.equal((await names.verify(token)).id, user.id);
    clock.now += 1000;
    await assert.rejects(names.verify(token), NameError);
  });

  it('of nothing is none', async () => {
    const { names } = namesAt();
    for (const text of ['', '  ', ':::', '\u0000\u202E']) await assert.rejects(names.issue(text), NameError);
  });

  it('that somebody holds gets a number, however it is written', async () => {
    const { names } = namesAt();
    const given = [];
    for (const text of ['Ann', 'ann', 'A N N', 'Ａｎｎ', 'Bob']) given.push((await names.issue(text)).user);
    assert.deepEqual(
      given.map(({ name }) => name),
      ['Ann', 'ann 2', 'A N N 3', 'Ａｎｎ 4', 'Bob'],
    );
    assert.equal(new Set(given.map(({ id }) => id)).size, 5);
  });

  it('is free again when no token of its holder is valid any more', async () => {
    const { clock, names } = namesAt();
    const first = await names.issue('Ann');
    clock.now += hour - 1;
    assert.equal((await names.issue('Ann')).user.name, 'Ann 2');
    clock.now += 2;
    assert.equal((await names.issue('Ann')).user.name, 'Ann');
    // Who comes back finds it taken, and is the same user with a number.
    const { user } = await names.renew(first.token);
    assert.deepEqual(user, { id: first.user.id, name: 'Ann 3' });
  });

  it('is its holder’s again after a restart, as soon as they are seen', async () => {
    const { token } = await namesAt().names.issue('Ann');
    const { names } = namesAt();
    await names.verify(token);
    assert.equal((await names.issue('Ann')).user.name, 'Ann 2');
  });
});

describe('a token', () => {
  it('is renewed for the same user, before it ends and up to 30 days after', async () => {
    const { clock, names } = namesAt();
    const { token, user } = await names.issue('Ann');
    clock.now += hour / 2;
    const renewed = await names.renew(token);
    assert.deepEqual(renewed.user, user);
    assert.equal((await names.verify(renewed.token)).expires, clock.now + hour);
    clock.now += 30 * day + 0.75 * hour;
    assert.deepEqual((await names.renew(renewed.token)).user, user);
    await assert.rejects(names.renew(token), NameError);
  });

  it('is not believed when anybody else made it, or no one did', async () => {
    const { clock, names } = namesAt();
    const { token } = await names.issue('Ann');
    const [head, body, signature] = token.split('.');
    const claims = (change: Record<string, unknown>) =>
      new SignJWT({ iss: 'tidewire-showcase', sub: 'x', name: 'Ann', exp: clock.now / 1000 + 60, ...change });
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    const hostile = [
      '',
      'x',
      none,
      `${head}.${Buffer.from('{"sub":"root","name":"root"}').toString('base64url')}.${signature}`,
      `${token}x`,
      'x'.repeat(10_000),
      await claims({}).setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32)),
      await claims({}).setProtectedHeader({ alg: 'HS384' }).sign(secret),
      await claims({ iss: 'elsewhere' }).setProtectedHeader({ alg: 'HS256' }).sign(secret),
      await claims({ name: undefined }).setProtectedHeader({ alg: 'HS256' }).sign(secret),
      await claims({ exp: undefined }).setProtectedHeader({ alg: 'HS256' }).sign(secret),
    ];
    for (const each of hostile) {
      await assert.rejects(names.verify(each), NameError, each.slice(0, 80));
      await assert.rejects(names.renew(each), NameError, each.slice(0, 80));
    }
    await assert.rejects(names.verify(undefined as unknown as string), NameError);
  });
});

describe('the secret', () => {
  it('is made once, and only its owner may read it', async (t) => {
    const folder = join(await temporaryFolder(t), 'deep', 'data');
    const { token, user } = await (await openNames(folder)).issue('Ann');
    const path = join(folder, 'secret');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['secret']);
    const again = await openNames(folder);
    assert.equal((await again.verify(token)).id, user.id);
  });

  it('is one, when two processes begin at once', async (t) => {
    const folder = await temporaryFolder(t);
    const opened = await Promise.all(Array.from({ length: 8 }, () => openNames(folder)));
    const { token } = await opened[0]!.issue('Ann');
    for (const names of opened) await names.verify(token);
    assert.deepEqual(await readdir(folder), ['secret']);
  });

  it('that is too short is refused at the start, not replaced', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'secret'), 'short');
    await assert.rejects(openNames(folder), /is not a secret of 32 bytes/);
    assert.equal(await readFile(join(folder, 'secret'), 'utf8'), 'short');
  });
});
