/** Who a window is: its tokens, and who else the browser has been. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Identity, IdentityError } from '../shared/identity.ts';
import { memoryStore, readJson, type Store } from '../shared/stored.ts';

const hour = 3_600_000;

/** A browser with any number of windows, a clock, and a server that answers as told. */
function browser() {
  const shared = memoryStore();
  const world = { now: 1_000_000, down: false, refuses: new Set<string>(), asked: [] as string[], users: 0 };
  const serve = async (path: unknown, init?: RequestInit): Promise<Response> => {
    const body = JSON.parse(String(init?.body)) as { name?: string; token?: string };
    world.asked.push(`${path} ${body.name ?? body.token}`);
    await Promise.resolve();
    if (world.down) throw new TypeError('Failed to fetch');
    if (body.token !== undefined && world.refuses.has(body.token))
      return new Response('No longer valid\n', { status: 422 });
    const [id, name] = body.token?.split('/') ?? [`u${++world.users}`, body.name];
    const token = `${id}/${name}/${world.asked.length}`;
    return Response.json({ token, user: { id, name }, lifetime: hour });
  };
  const open = (window: Store = memoryStore()): Identity =>
    new Identity({ browser: shared, window, now: () => world.now, fetch: serve, random: () => 0 });
  return { world, open, shared };
}

describe('a window', () => {
  it('is a guest until somebody chooses, and the same one after a reload', async () => {
    const { open, world } = browser();
    const storage = memoryStore();
    const first = open(storage);
    assert.equal(first.user, undefined);
    const guest = await first.signIn();
    assert.deepEqual(guest, { id: 'u1', name: 'Amber Avocet' });
    assert.deepEqual(await open(storage).signIn(), guest);
    assert.deepEqual(open(storage).user, guest);
    assert.equal(world.asked.length, 1);
    assert.equal((await open().signIn()).id, 'u2', 'another window is another guest');
  });

  it('that is opened after a name was chosen is that one, and may become another', async () => {
    const { open } = browser();
    const storage = memoryStore();
    const ann = open(storage);
    await ann.actAs('Ann');
    const other = open();
    assert.equal((await other.signIn()).name, 'Ann');
    assert.equal((await other.actAs('Bob')).name, 'Bob');
    assert.equal(ann.user?.name, 'Ann');
    assert.equal(open(storage).user?.name, 'Ann', 'after a reload, too');
    assert.equal(open().user?.name, 'Bob', 'the last choice counts for new ones');
    assert.deepEqual(
      open().known.map(({ name }) => name),
      ['Bob', 'Ann'],
    );
  });

  it('becomes somebody that it was before without asking the server', async () => {
    const { open, world } = browser();
    const window = open();
    const ann = await window.actAs('Ann');
    await window.actAs('Bob');
    assert.deepEqual(await window.actAs(' ann'), ann);
    assert.equal(world.asked.length, 2);
  });

  it('keeps a bounded number of names', async () => {
    const { open } = browser();
    const window = open();
    for (let count = 1; count <= 12; count++) await window.actAs(`Name ${count}`);
    assert.equal(window.known.length, 8);
    assert.equal(window.known[0]?.name, 'Name 12');
  });

  it('tells who watches when it becomes somebody else, and only then', async () => {
    const { open, world } = browser();
    const window = open();
    const seen: string[] = [];
    const unwatch = window.watch(({ name }) => seen.push(name));
    await window.signIn();
    await window.token();
    await window.actAs('Ann');
    world.now += hour;
    await window.token();
    unwatch();
    await window.actAs('Bob');
    assert.deepEqual(seen, ['Amber Avocet', 'Ann']);
    window.watch(({ name }) => seen.push(name))();
    assert.equal(seen.at(-1), 'Bob', 'at once, when it is somebody');
  });
});

describe('a token', () => {
  it('is renewed in time, once for all who ask', async () => {
    const { open, world } = browser();
    const window = open();
    await window.actAs('Ann');
    const first = await window.token();
    world.now += hour * 0.7;
    assert.equal(await window.token(), first);
    world.now += hour * 0.15;
    const tokens = await Promise.all([window.token(), window.token(), window.token()]);
    assert.notEqual(tokens[0], first);
    assert.equal(new Set(tokens).size, 1);
    assert.deepEqual(world.asked, ['/api/name Ann', `/api/name/renew ${first}`]);
    assert.equal(window.known.length, 1);
  });

  it('that is still valid does while the server is down; one that is not does not', async () => {
    const { open, world } = browser();
    const window = open();
    const { id } = await window.actAs('Ann');
    const first = await window.token();
    world.down = true;
    world.now += hour * 0.9;
    assert.equal(await window.token(), first);
    world.now += hour * 0.2;
    await assert.rejects(window.token(), (error) => error instanceof IdentityError && error.status === 0);
    world.down = false;
    await window.token();
    assert.equal(window.user?.id, id);
  });

  it('that the server does not know any more becomes a new one under the same name', async () => {
    const { open, world, shared } = browser();
    const window = open();
    await window.actAs('Ann');
    world.refuses.add(await window.token());
    world.now += hour;
    await window.token();
    assert.deepEqual(window.user, { id: 'u2', name: 'Ann' });
    assert.deepEqual(window.known, [{ id: 'u2', name: 'Ann' }]);
    assert.doesNotMatch(shared.read('names') ?? '', /u1/);
  });

  it('that was stored in another form is not believed', async () => {
    const { open, shared, world } = browser();
    for (const stored of ['{', 'null', '[{}]', '[{"user":{"id":1},"token":"x"}]', '{"length":1}']) {
      shared.write('names', stored);
      assert.equal(open().user, undefined, stored);
    }
    shared.write('names', '{');
    await open().actAs('Ann');
    assert.equal(world.asked.length, 1);
  });

  it('that can’t be had says why', async () => {
    const { open, world } = browser();
    world.down = true;
    await assert.rejects(open().signIn(), /^IdentityError: The server does not answer$/);
    await assert.rejects(open().actAs('Ann'), IdentityError);
  });
});

describe('a store', () => {
  it('gives back what was stored as JSON only in the form that is asked for', () => {
    const store = memoryStore();
    const isText = (value: unknown): value is string => typeof value === 'string';
    assert.equal(readJson(store, 'key', isText), undefined);
    store.write('key', '"text"');
    assert.equal(readJson(store, 'key', isText), 'text');
    store.write('key', '1');
    assert.equal(readJson(store, 'key', isText), undefined);
    store.remove('key');
    assert.equal(store.read('key'), undefined);
  });
});
