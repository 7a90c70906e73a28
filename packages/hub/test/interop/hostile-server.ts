/**
 * A process for the tests with hostile peers: an open hub in WAMP, SOAP and plain text, whose limits are low enough to be
 * reached. Run with `--expose-gc` and a channel to its parent, it says its port, and then answers each question with
 * what it holds once everything is collected.
 */
import { serve } from 'tidewire';
import { memoryEngine } from '../../src/engine/memory.ts';
import {
  anything,
  createHub,
  defineContract,
  everyone,
  HubError,
  hubRoute,
  plainOnHub,
  soapOnHub,
} from '../../src/index.ts';
import { defineSoapContract } from '../../src/soap/index.ts';

/** What the process holds, and what went wrong in it since it began. */
export interface Condition {
  /** Bytes of the heap and of buffers outside of it, collected. */
  readonly held: number;
  readonly rss: number;
  readonly sockets: number;
  readonly sessions: number;
  readonly topics: number;
  /** Uncaught exceptions and unhandled rejections. */
  readonly accidents: readonly string[];
  /** How often `onError` was told of each stage and message. */
  readonly reports: Readonly<Record<string, number>>;
  /** Keys that somebody put into the prototypes of all objects, lists and functions. */
  readonly polluted: readonly string[];
}

const accidents: string[] = [];
const note = (accident: unknown): void => void accidents.push(String((accident as Error)?.stack ?? accident));
process.on('disconnect', () => process.exit());

const reports: Record<string, number> = {};
const onError = (error: unknown, { stage }: { readonly stage: string }): void => {
  const what = `${stage}: ${(error as Error).message}`;
  reports[what] = (reports[what] ?? 0) + 1;
};

const contract = defineContract({
  topics: { '**': anything, 'kept.{of}': anything, 'watched.{of}': anything, 'room.{of}': anything },
  calls: { never: { input: anything, output: anything }, add: { input: anything, output: anything } },
});
const hub = createHub(contract, {
  engine: memoryEngine({ maxTopics: 4_000, maxBytes: 12 << 20 }),
  callTimeout: null,
  limits: { maxLiveTopics: 2_000, maxPatternTopics: 1_000 },
  onError,
});
const allow = { subscribe: everyone, publish: everyone, history: everyone, presence: everyone };
hub.topic('**', { allow, maxBytes: 1 << 20 });
hub.topic('kept.{of}', { allow, history: {}, maxBytes: 1 << 20 });
hub.topic('watched.{of}', { allow, presence: 'members' });
hub.topic('room.{of}', { allow, history: { count: 100 }, maxBytes: 1_000 });
hub.procedures('**', { allow: { register: everyone, call: everyone } });
hub.handle('never', { allow: everyone }, ({ signal }) => {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new HubError('canceled'))));
});
hub.handle('add', { allow: everyone }, ({ input }) => ({ sum: input.a + input.b }));

const soap = soapOnHub(hub, {
  contract: defineSoapContract({
    namespace: 'urn:example:hostile',
    operations: {
      add: { input: { a: 'int', b: 'int' }, output: { sum: 'int' } },
      say: { input: { text: 'string' }, output: {} },
      never: { input: {}, output: {} },
    },
    notifications: { said: { value: { text: 'string' } } },
  }),
  operations: { add: { call: 'add' }, say: { publish: 'room.soap' }, never: { call: 'never' } },
  topics: [{ topic: 'room.soap', notification: 'said', value: ({ text }) => ({ text: String(text) }) }],
});
const plain = plainOnHub<string>(hub, {
  topic: 'room.plain',
  read: (message) => (typeof message === 'string' ? message : undefined),
  write: (text) => String(text),
  refused: ({ code }) => `(${code})`,
});

const server = await serve({
  host: '127.0.0.1',
  closeTimeout: 5_000,
  onError,
  routes: { '/': hubRoute(hub, { soap, plain, allowDisclosure: true, handshakeTimeout: 5_000 }) },
});

function pollution(): string[] {
  const prototypes = { Object: Object.prototype, Array: Array.prototype, Function: Function.prototype };
  return Object.entries(prototypes).flatMap(([name, prototype]) => {
    const found: string[] = [];
    for (const key in prototype) found.push(`${name}.${key}`);
    return found;
  });
}

async function condition(): Promise<Condition> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc!();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return {
    ...{ held: heapUsed + arrayBuffers, rss },
    ...{ sockets: server.sockets.size, sessions: hub.core.sessions.size, topics: hub.core.topics.size },
    ...{ accidents, reports, polluted: pollution() },
  };
}

process.on('uncaughtException', note).on('unhandledRejection', note);
process.on('message', async () => process.send!(await condition()));
process.send!({ port: server.port });
