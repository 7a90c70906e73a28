/** A hub behind a server without ports: visitors are streams in memory, and time is the test's. */

import { handshake, MemoryServer, settle, type Visitor } from '../../../wire/test/support/memory-server.ts';
import { anything } from '../../src/contract/contract.ts';
import type { RoutedHub } from '../../src/create-hub.ts';
import { memoryEngine } from '../../src/engine/memory.ts';
import {
  createHub,
  defineContract,
  everyone,
  HubError,
  hubRoute,
  plainOnHub,
  signedIn,
  soapOnHub,
} from '../../src/index.ts';
import { defineSoapContract } from '../../src/soap/index.ts';

const soapDefinition = {
  namespace: 'urn:example:chat',
  operations: {
    Add: { input: { a: 'int', b: 'int' }, output: { sum: 'int' } },
    Say: { input: { text: 'string' }, output: { offset: 'int' } },
    Shout: { input: { text: 'string' } },
    Fail: { input: {}, output: {} },
    Secret: { input: {}, output: {} },
  },
  notifications: { Said: { value: { text: 'string' } } },
} as const;

const contract = defineContract({
  topics: { 'chat.{room}': anything },
  calls: {
    add: { input: anything, output: anything },
    fail: { input: anything, output: anything },
    secret: { input: anything, output: anything },
  },
});

export interface HubServer {
  readonly hub: RoutedHub<typeof contract>;
  readonly server: MemoryServer;
  /** Somebody opens a WebSocket to `/chat`. */
  visit(subprotocol?: string, fields?: Record<string, string>): Promise<Visitor>;
  say(text: string): Promise<void>;
}

/** A hub at `/chat`, in SOAP and for plain sockets; the room is `chat.lobby`. */
export function hubServer(
  options: { readonly last?: number; readonly window?: { readonly messages: number } } = {},
): HubServer {
  const now = (): number => 0;
  const hub = createHub(contract, {
    engine: memoryEngine({ now }),
    date: now,
    window: options.window,
    onError: () => {},
  });
  hub.topic('chat.{room}', {
    history: {},
    maxBytes: 1000,
    queue: { count: 2 },
    allow: { subscribe: everyone, publish: everyone, history: everyone },
    accept: (data) => {
      if (data.text === 'no') throw new HubError('denied', 'Not that word');
      return data;
    },
  });
  hub.handle('add', { allow: everyone }, ({ input }) => ({ sum: input.a + input.b }));
  hub.handle('fail', { allow: everyone }, () => {
    throw new Error('a secret of ours');
  });
  hub.handle('secret', { allow: signedIn }, () => ({}));
  const route = hubRoute(hub, {
    heartbeat: null,
    soap: soapOnHub(hub, {
      contract: defineSoapContract(soapDefinition),
      operations: {
        Add: { call: 'add' },
        Say: { publish: 'chat.lobby', output: ({ position }) => ({ offset: position.offset }) },
        Shout: { publish: 'chat.lobby' },
        Fail: { call: 'fail' },
        Secret: { call: 'secret' },
      },
      topics: [
        {
          topic: 'chat.lobby',
          notification: 'Said',
          last: options.last,
          value: ({ text }) => (text === 'aside' ? undefined : { text }),
        },
      ],
    }),
    plain: plainOnHub<{ text: string }>(hub, {
      topic: 'chat.lobby',
      last: options.last,
      read: (message) => (typeof message === 'string' ? { text: message } : undefined),
      write: ({ text }) => (text === 'aside' ? undefined : text),
      refused: ({ code, message }) => `(${code}: ${message})`,
    }),
  });
  const server = new MemoryServer({ routes: { '/chat': route } });
  return {
    hub,
    server,
    async visit(subprotocol, fields = {}) {
      const offered = subprotocol === undefined ? {} : { 'Sec-WebSocket-Protocol': subprotocol };
      const visitor = await server.visit(handshake('/chat', { ...offered, ...fields }));
      await settle();
      return visitor;
    },
    async say(text) {
      await hub.publish('chat.{room}', { room: 'lobby' }, { text });
      await settle();
    },
  };
}
