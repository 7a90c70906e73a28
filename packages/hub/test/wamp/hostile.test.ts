/** Anything at all, said in any order: the session answers or closes, never throws, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Message, type MessageType, messageTypes, parseMessage } from '../../src/wamp/messages.ts';
import { optionKinds } from '../../src/wamp/options.ts';
import { anyValue } from '../suites/serializer.ts';
import { type Client, openRouterOnPaper, type Router, settle } from '../support/wamp-router.ts';

const subprotocols = ['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor'];
const uris = [
  'a.b',
  'a..b',
  'a.',
  '',
  'a b',
  'wamp.x',
  'tidewire.topic.join',
  'tidewire.topic.publish',
  'x'.repeat(2000),
];
const calls = ['history', 'presence', 'watch_presence'].map((name) => `tidewire.topic.${name}`);
/** Values of each kind of option. */
const rightOptions: Readonly<Record<string, readonly unknown[]>> = {
  ...{ bool: [true, false], id: [1, 2 ** 53], integer: [0, 5], string: ['a'], dict: [{}], ids: [[], [1, 2]] },
  ...{
    strings: [['a'], ['anonymous']],
    dicts: [[{}]],
    roles: [{ caller: {} }],
    match: ['prefix', 'wildcard', 'exact'],
  },
  ...{ invoke: ['roundrobin', 'last', 'single'], mode: ['skip', 'kill', 'killnowait'] },
};

/** The request id that would be the next one. */
const next = Symbol('next');
const few = fc.integer({ min: 1, max: 4 });
const rarely = <T>(usual: fc.Arbitrary<T>, weight: number): fc.Arbitrary<unknown> =>
  fc.oneof({ weight, arbitrary: usual as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: anyValue });
/** Options or Details of a message: known keys, and their values right most of the time. */
const optionsOf = (type: string): fc.Arbitrary<unknown> => {
  const known = Object.entries((optionKinds as Record<string, Record<string, string>>)[type] ?? {});
  if (known.length === 0) return fc.constant({});
  const one = fc
    .constantFrom(...known)
    .chain(([key, kind]) => fc.tuple(fc.constant(key), rarely(fc.constantFrom(...rightOptions[kind]!), 40)));
  return fc.array(one, { maxLength: 2 }).map((entries) => Object.fromEntries(entries));
};
const kwargs = fc.dictionary(
  fc.constantFrom('topic', 'data', 'key', 'last', 'after'),
  fc.oneof(fc.constantFrom('a.b', 1), anyValue),
);

/** Elements of the right kinds. */
const ofKind: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...{ id: few, 'id-or-0': few, 'request-type': fc.constantFrom(68, 48), string: fc.string(), dict: fc.constant({}) },
  uri: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a.b', 'a', 'b.c') },
    { weight: 1, arbitrary: fc.constantFrom(...uris, ...calls) },
  ),
};
const withNext = [16, 32, 34, 48, 64, 66];
const messagesOf = (types: readonly MessageType[]): fc.Arbitrary<readonly unknown[]> =>
  fc.constantFrom(...types).chain((type) => {
    const { code, elements, ...row } = messageTypes[type];
    const list = Object.entries(elements).map(([name, kind]) => {
      if (name === 'request' && withNext.includes(code)) return rarely(fc.constant(next), 100);
      return rarely(kind.startsWith('options') ? optionsOf(type) : ofKind[kind]!, 100);
    });
    const given = fc.tuple(fc.constant<unknown>(code), ...list);
    if (!('payload' in row)) return given;
    const payload = fc.oneof(
      fc.tuple(),
      fc.tuple(fc.array(anyValue, { maxLength: 2 })),
      fc.tuple(fc.constant([]), kwargs),
    );
    return fc.tuple(given, payload).map(([first, rest]) => [...first, ...rest]);
  });
const requests = ['PUBLISH', 'SUBSCRIBE', 'UNSUBSCRIBE', 'CALL', 'CANCEL', 'REGISTER', 'UNREGISTER'] as const;
const hello = [1, 'realm1', { roles: { callee: { features: { call_canceling: true } } } }];
const saying = fc.oneof(
  { weight: 60, arbitrary: messagesOf(requests) },
  { weight: 4, arbitrary: messagesOf(['YIELD', 'ERROR']) },
  { weight: 1, arbitrary: messagesOf(Object.keys(messageTypes) as MessageType[]) },
  { weight: 2, arbitrary: fc.constant([6, {}, 'wamp.close.close_realm']) },
);

/** Says it all, as long as it is listened to. */
async function say(client: Client, sayings: readonly (readonly unknown[])[]): Promise<void> {
  let request = 0;
  for (const list of sayings) {
    if (client.session.state === 'waiting') {
      request = 0;
      if (list[0] !== 1) client.receiveList(...hello);
    }
    const said = list.map((value) => (value === next ? ++request : value));
    client.session.receive(parseMessage(client.serializer.parse(client.serializer.serialize(said))));
    if (client.ending === undefined) await Promise.resolve();
  }
  await settle();
}

async function expectNothingLeft(router: Router, pending: number): Promise<void> {
  await settle();
  assert.deepEqual([...router.hub.sessions], []);
  assert.equal(router.realm.subscriptions.size, 0);
  assert.equal(router.clock.pending, pending);
  assert.deepEqual(router.errors, []);
}

describe('a session of WAMP', () => {
  for (const subprotocol of subprotocols) {
    test(`${subprotocol}: gets over whatever is said, and nobody else notices`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(saying, { maxLength: 25 }), fc.boolean(), async (sayings, ticks) => {
          const router = openRouterOnPaper({ topicIdle: 1 });
          const pending = router.clock.pending;
          const witness = await router.join();
          const subscription = await witness.subscribe('witness.topic');
          const client = router.connect({ subprotocol });
          await say(client, sayings);
          await witness.publish('witness.topic', [1], { exclude_me: false });
          assert.equal(witness.take('EVENT').subscription, subscription);
          if (client.ending !== undefined) {
            assert.equal(client.session.state, 'closed');
            assert.ok([1000, 1002, 3000].includes(client.ending.code), String(client.ending.code));
          }
          client.session.transportClosed();
          witness.session.transportClosed();
          if (ticks) router.clock.advance(20_000);
          await expectNothingLeft(router, pending);
        }),
        { numRuns: 150 },
      );
    });

    test(`${subprotocol}: gets over any data, and over any message with some of it changed`, async () => {
      const router = openRouterOnPaper();
      const { serializer } = router.connect({ subprotocol });
      const whole: Message[] = [
        {
          type: 'PUBLISH',
          request: 1,
          options: { exclude: [1] },
          topic: 'a.b',
          args: ['text', 1],
          kwargs: { a: [null] },
        },
        { type: 'CALL', request: 1, options: { timeout: 10 }, procedure: 'a.b', args: [new Uint8Array(5)] },
      ];
      const texts = whole.map((message) => {
        const { type, ...elements } = message;
        return Buffer.from(serializer.serialize([messageTypes[type].code, ...Object.values(elements)]) as string);
      });
      const edits = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { minLength: 1, maxLength: 3 });
      const changed = fc.tuple(fc.constantFrom(...texts), edits, fc.nat(60)).map(([text, changes, cut]) => {
        const bytes = Buffer.from(text);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes.subarray(0, cut > 50 ? bytes.length : cut);
      });
      await fc.assert(
        fc.asyncProperty(fc.oneof(changed, fc.uint8Array({ maxLength: 60 })), async (bytes) => {
          const client = await router.join({}, { subprotocol });
          const data = serializer.binary ? new Uint8Array(bytes) : Buffer.from(bytes).toString();
          client.session.receive(parseMessage(serializer.parse(data)));
          await settle();
          // Whatever is no message has ended the session; a message was answered, or was one that is not answered.
          if (client.ending !== undefined) client.expectViolation();
          client.session.transportClosed();
        }),
        { numRuns: 500 },
      );
      assert.deepEqual([...router.hub.sessions], []);
      assert.deepEqual(router.errors, []);
    });
  }
});
