/** Paths and their parameters. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Routes } from '../../src/server/routes.ts';

describe('a literal path', () => {
  test('matches itself and nothing else', () => {
    const routes = new Routes({ '/chat': 1, '/': 2, '/chat/new': 3 });
    assert.deepEqual(routes.match('/chat'), { route: 1, params: {} });
    assert.deepEqual(routes.match('/'), { route: 2, params: {} });
    assert.deepEqual(routes.match('/chat/new'), { route: 3, params: {} });
    for (const path of ['', '/Chat', '/chat/', '/cha', '/chatt', '//chat', '/chat/new/', 'chat', '*']) {
      assert.equal(routes.match(path), undefined, path);
    }
  });

  test('goes before one with parameters, whatever the order', () => {
    const routes = new Routes({ '/rooms/{room}': 'any', '/rooms/lobby': 'lobby' });
    assert.equal(routes.match('/rooms/lobby')?.route, 'lobby');
    assert.equal(routes.match('/rooms/attic')?.route, 'any');
  });

  test('is not found by a name of Object.prototype', () => {
    const routes = new Routes({ '/chat': 1 });
    for (const path of ['constructor', '__proto__', '/constructor', '/__proto__', 'toString']) {
      assert.equal(routes.match(path), undefined, path);
    }
  });

  test('that no request could ask for is refused at once', () => {
    assert.throws(() => new Routes({ chat: 1 }), /starts with "\/", not as "chat" does/);
    assert.throws(() => new Routes({ '': 1 }), TypeError);
    assert.throws(() => new Routes({ '/chat?room=1': 1 }), TypeError);
    assert.throws(() => new Routes({ '/chat#1': 1 }), TypeError);
    assert.throws(() => new Routes({ '/café': 1 }), /"\/café" has to be percent-encoded/);
    assert.throws(() => new Routes({ '/two words': 1 }), /percent-encoded/);
  });

  test('may be percent-encoded', () => {
    assert.equal(new Routes({ '/caf%C3%A9': 1 }).match('/caf%C3%A9')?.route, 1);
  });
});

describe('a path with parameters', () => {
  const params = (path: string, target: string) => new Routes({ [path]: true }).match(target)?.params;

  test('gives the values of its names', () => {
    assert.deepEqual(params('/rooms/{room}', '/rooms/42'), { room: '42' });
    assert.deepEqual(params('/{a}/x/{b_2}', '/1/x/2'), { a: '1', b_2: '2' });
  });

  test('decodes values once', () => {
    assert.deepEqual(params('/rooms/{room}', '/rooms/caf%C3%A9%2Fbar%20%2525'), { room: 'café/bar %25' });
    assert.deepEqual(params('/rooms/{room}', '/rooms/a+b'), { room: 'a+b' });
  });

  test('is not matched by a value that does not decode', () => {
    for (const value of ['%', '%2', '%zz', '%C3', '%C3%28', '%ED%A0%80', '%FF']) {
      assert.equal(params('/rooms/{room}', `/rooms/${value}`), undefined, value);
    }
  });

  test('needs as many segments, none of them empty where a name stands', () => {
    for (const target of ['/rooms', '/rooms/', '/rooms//', '/rooms/1/2', '/rooms/1/', '//rooms/1', '/room/1', '/']) {
      assert.equal(params('/rooms/{room}', target), undefined, target);
    }
  });

  test('is tried in the order in which it was given', () => {
    const routes = new Routes({ '/{a}/x': 'first', '/y/{b}': 'second' });
    assert.equal(routes.match('/y/x')?.route, 'first');
    assert.equal(routes.match('/y/z')?.route, 'second');
    assert.equal(routes.match('/z/z'), undefined);
  });

  test('may have names that objects have anyway', () => {
    const names = new Routes({ '/{__proto__}/{constructor}': 1 }).match('/a/b')!.params;
    assert.deepEqual(Object.entries(names), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    assert.equal(Object.getPrototypeOf(names), Object.prototype);
  });

  test('that says a thing twice, or half a name, is refused at once', () => {
    assert.throws(() => new Routes({ '/{a}/{a}': 1 }), /\{a\} stands twice/);
    assert.throws(() => new Routes({ '/a/{x}': 1, '/b/{x}': 2, '/a/{y}': 3 }), /"\/a\/\{x\}" and "\/a\/\{y\}" match/);
    for (const path of ['/{', '/}', '/{}', '/{a', '/a}', '/a{b}', '/{a}b', '/{a-b}', '/{1}', '/{a}{b}', '/{{a}}']) {
      assert.throws(() => new Routes({ [path]: 1 }), /neither a name in braces nor plain text/, path);
    }
  });

  test('takes time in proportion to the path, however it is cut', () => {
    const routes = new Routes({ '/{a}/{b}': 1, '/{a}/{b}/{c}': 2 });
    assert.equal(routes.match('/'.repeat(100_000)), undefined);
    assert.equal(routes.match(`/x/${'%41'.repeat(10_000)}`)?.params.b, 'A'.repeat(10_000));
  });
});
