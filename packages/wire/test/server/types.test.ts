/**
 * What TypeScript knows of a route's handlers without being told. The checks are the compiler's: a comment that expects an
 * error where there is none is an error itself. Run, this file shows only that the same tables make servers.
 */
import { test } from 'node:test';
import { type Route, route } from '../../src/server/route.ts';
import { type RouteTable, Server } from '../../src/server/serve.ts';

test('params are typed by the path', () => {
  make({
    '/rooms/{room}/users/{user}': {
      upgrade(request) {
        request.params.room satisfies string;
        // @ts-expect-error there is no such name in the path
        request.params.nobody;
      },
      open(socket) {
        socket.params.user satisfies string;
        // @ts-expect-error there is no such name in the path
        socket.params.nobody;
      },
    },
    '/echo': {
      message(socket, data) {
        data satisfies string | Uint8Array;
        socket.send(data);
        // @ts-expect-error the path has no parameters
        socket.params.room;
      },
    },
  });
});

test('data is typed by a hook that needs no request', () => {
  make({
    '/count': {
      upgrade: () => ({ data: { count: 1 } }),
      message(socket) {
        socket.data.count satisfies number;
        socket.data.count++;
        // @ts-expect-error it has no such property
        socket.data.name;
      },
    },
    '/wait': {
      upgrade: async () => ({ data: 'text' }),
      close(socket, closed) {
        socket.data satisfies string;
        closed.code satisfies number;
        // @ts-expect-error it is a string
        socket.data satisfies number;
      },
    },
  });
});

test('data is typed by a hook with a request through route()', () => {
  make({
    '/rooms/{room}': route({
      async upgrade(request) {
        request.params.room satisfies string;
        // @ts-expect-error there is no such name in the path
        request.params.nobody;
        if (request.headers.get('authorization') === null) return new Response('Who?', { status: 401 });
        return { data: { user: 'Ada' }, headers: { 'X-Node': '1' }, subprotocol: 'v1' };
      },
      open(socket) {
        socket.params.room satisfies string;
        socket.data.user satisfies string;
        // @ts-expect-error it has no such property
        socket.data.name;
        // @ts-expect-error there is no such name in the path
        socket.params.nobody;
      },
      async message(socket) {
        socket.data.user = 'Grace';
        // @ts-expect-error it is a string
        socket.data.user = 42;
      },
      close(socket) {
        socket.data.user satisfies string;
      },
    }),
    '/other': route({
      upgrade: (request) => ({ data: request.subprotocols.length }),
      message(socket) {
        socket.data satisfies number;
        // @ts-expect-error it is a number
        socket.data satisfies string;
      },
    }),
  });
});

test('without a hook, data is unknown', () => {
  make({
    '/echo': {
      message(socket) {
        // @ts-expect-error nobody has said what it is
        socket.data.user;
      },
    },
  });
});

test('a route that stands alone fits a table, with data and params that it names', () => {
  const rooms: Route<{ user: string }, { room: string }> = {
    upgrade: () => ({ data: { user: 'Ada' } }),
    open(socket) {
      socket.data.user satisfies string;
      socket.params.room satisfies string;
    },
  };
  make({ '/rooms/{room}': rooms });
});

test('wrong routes are refused', () => {
  const upgrade = () => ({ data: 1 });
  // @ts-expect-error there is no such option
  make({ '/a': { upgrade, mesage() {} } });
  // @ts-expect-error neither header fields nor data
  make({ '/a': { upgrade: () => 'yes' } });
  // @ts-expect-error an origin is no option of its own
  (() => make({ '/a': { origin: 'https://example.com' } })) satisfies object;
  // @ts-expect-error milliseconds are a number
  (() => make({ '/a': { closeTimeout: '5s' } })) satisfies object;
});

function make<Datas>(routes: RouteTable<Datas>): void {
  new Server({ routes: routes as RouteTable<Record<string, any>> });
}
