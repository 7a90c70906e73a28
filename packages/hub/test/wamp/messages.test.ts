import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  type Message,
  type MessageOf,
  type MessageType,
  messageTypes,
  parseMessage,
  toList,
} from '../../src/wamp/messages.ts';
import { Violation } from '../../src/wamp/violation.ts';

/** One valid list of each type, with everything that may be in it. */
const examples: { readonly [type in MessageType]: readonly unknown[] } = {
  HELLO: [1, 'realm1', { roles: { caller: { features: { call_canceling: true } } }, authmethods: ['ticket'] }],
  WELCOME: [2, 2 ** 53, { roles: { broker: {} }, authid: 'joe' }],
  ABORT: [3, { message: 'no' }, 'wamp.error.no_such_realm', ['a'], { b: 1 }],
  CHALLENGE: [4, 'wampcra', { challenge: '{}' }],
  AUTHENTICATE: [5, 'c2ln', {}],
  GOODBYE: [6, {}, 'wamp.close.close_realm'],
  ERROR: [8, 48, 1, {}, 'com.myapp.error', [1], { a: 1 }],
  PUBLISH: [16, 1, { acknowledge: true }, 'com.myapp.topic', ['a'], { b: 1 }],
  PUBLISHED: [17, 1, 2],
  SUBSCRIBE: [32, 1, { match: 'prefix' }, 'com.myapp'],
  SUBSCRIBED: [33, 1, 2],
  UNSUBSCRIBE: [34, 1, 2],
  UNSUBSCRIBED: [35, 0, { subscription: 2, reason: 'wamp.error.not_authorized' }],
  EVENT: [36, 1, 2, { publisher: 3 }, ['a'], { b: 1 }],
  CALL: [48, 1, { timeout: 0 }, 'com.myapp.add', [1, 2], { b: 1 }],
  CANCEL: [49, 1, { mode: 'kill' }],
  RESULT: [50, 1, { progress: true }, [3], { b: 1 }],
  REGISTER: [64, 1, { invoke: 'roundrobin' }, 'com.myapp.add'],
  REGISTERED: [65, 1, 2],
  UNREGISTER: [66, 1, 2],
  UNREGISTERED: [67, 0, { registration: 2 }],
  INVOCATION: [68, 1, 2, { caller: 3 }, [1, 2], { b: 1 }],
  INTERRUPT: [69, 1, { mode: 'killnowait' }],
  YIELD: [70, 1, { progress: false }, [3], { b: 1 }],
};

const types = Object.keys(messageTypes) as MessageType[];

function reasonOf(list: unknown): string {
  const result = parseMessage(list);
  assert.ok(result instanceof Violation, `expected ${inspect(list)} to be refused`);
  return result.reason;
}

function read(list: unknown): Message {
  const message = parseMessage(list);
  assert.ok(!(message instanceof Violation), `refused: ${(message as Violation).reason}`);
  return message;
}

describe('a message and its list', () => {
  it('say the same, for every type', () => {
    for (const type of types) {
      const message = read(examples[type]);
      assert.equal(message.type, type);
      assert.deepStrictEqual(toList(message), examples[type]);
    }
  });

  it('has the names of the specification', () => {
    assert.deepStrictEqual(parseMessage(examples.ERROR), {
      type: 'ERROR',
      requestType: 48,
      request: 1,
      details: {},
      error: 'com.myapp.error',
      args: [1],
      kwargs: { a: 1 },
    });
  });

  it('is typed by its name', () => {
    const message = read(examples.PUBLISH);
    if (message.type !== 'PUBLISH') return assert.fail();
    const acknowledge: boolean | undefined = message.options.acknowledge;
    const own: unknown = message.options['_own_key'];
    const topic: string = message.topic;
    assert.deepStrictEqual([acknowledge, own, topic], [true, undefined, 'com.myapp.topic']);
    // @ts-expect-error PUBLISH has no `procedure`
    assert.equal(message.procedure, undefined);
    // @ts-expect-error UNSUBSCRIBE has no payload
    const message2: MessageOf<'UNSUBSCRIBE'> = { type: 'UNSUBSCRIBE', request: 1, subscription: 2, args: [] };
    assert.deepStrictEqual(toList(message2), [34, 1, 2]);
  });

  it('leaves empty args and kwargs out', () => {
    const call = { type: 'CALL', request: 1, options: {}, procedure: 'a.b' } as const;
    assert.deepStrictEqual(toList(call), [48, 1, {}, 'a.b']);
    assert.deepStrictEqual(toList({ ...call, args: [], kwargs: {} }), [48, 1, {}, 'a.b']);
    assert.deepStrictEqual(toList({ ...call, args: [0], kwargs: {} }), [48, 1, {}, 'a.b', [0]]);
    assert.deepStrictEqual(toList({ ...call, kwargs: { a: 1 } }), [48, 1, {}, 'a.b', [], { a: 1 }]);
  });

  it('leaves the Details of an answer to UNSUBSCRIBE out when there are none', () => {
    assert.deepStrictEqual(toList({ type: 'UNSUBSCRIBED', request: 7 }), [35, 7]);
    assert.deepStrictEqual(parseMessage([67, 7]), { type: 'UNREGISTERED', request: 7 });
  });
});

describe('a list that is no message', () => {
  it('is refused with a sentence, and a violation put in comes out', () => {
    const violation = new Violation('the text is not JSON');
    assert.equal(parseMessage(violation), violation);
    for (const value of [null, undefined, 'text', 1, {}, { 0: 1, length: 1 }]) {
      assert.equal(reasonOf(value), 'a message must be a list');
    }
    for (const code of [undefined, 0, 7, 71, 255, 337, '1', 1n, null, 1.5, NaN, [1], true]) {
      assert.match(reasonOf([code, 1, {}]), /code of a message type/);
    }
    assert.match(reasonOf([]), /code of a message type/);
  });

  it('is refused with too few and too many elements, for every type', () => {
    for (const type of types) {
      const elements: readonly string[] = Object.values(messageTypes[type].elements);
      const needed = elements.filter((element) => element !== 'options?').length;
      const list = examples[type];
      assert.match(reasonOf(list.slice(0, needed)), new RegExp(`^${type} must have ${needed}.* elements`));
      assert.match(reasonOf([...list, {}]), new RegExp(`^${type} must have .* elements`));
      for (let length = needed + 1; length <= list.length; length++) read(list.slice(0, length));
    }
  });

  it('is refused when any element has another type, for every type', () => {
    for (const type of types) {
      for (let at = 1; at < examples[type].length; at++) {
        for (const wrong of [
          null,
          undefined,
          true,
          -1,
          1.5,
          2 ** 53 + 2,
          NaN,
          2n ** 53n,
          new Uint8Array(1),
          new Map(),
          () => 1,
        ]) {
          assert.match(reasonOf(examples[type].with(at, wrong)), new RegExp(`^${type}\\..* must be`));
        }
      }
    }
  });

  it('names the element that is wrong', () => {
    assert.equal(reasonOf([16, true, {}, 'a']), 'PUBLISH.Request must be an id from 1 to 2^53');
    assert.equal(reasonOf([16, 1, [], 'a']), 'PUBLISH.Options must be a dictionary');
    assert.equal(reasonOf([16, 1, { exclude_me: 1 }, 'a']), 'PUBLISH.Options.exclude_me must be true or false');
    assert.equal(reasonOf([16, 1, {}, 5]), 'PUBLISH.Topic must be a string');
    assert.equal(reasonOf([16, 1, {}, 'a', {}]), 'PUBLISH.Arguments must be a list');
    assert.equal(reasonOf([16, 1, {}, 'a', [], []]), 'PUBLISH.ArgumentsKw must be a dictionary');
    assert.equal(reasonOf([3, {}, 1]), 'ABORT.Reason must be a string');
  });

  it('is refused with an id of 0, except where a router revokes', () => {
    assert.match(reasonOf([16, 0, {}, 'a']), /id from 1/);
    assert.match(reasonOf([33, 1, 0]), /id from 1/);
    assert.equal(read([35, 0, {}]).type, 'UNSUBSCRIBED');
    assert.match(reasonOf([35, -1]), /or 0/);
  });

  it('is refused when ERROR answers what is no request', () => {
    for (const code of [16, 32, 34, 48, 64, 66, 68]) assert.equal(read([8, code, 1, {}, 'a']).type, 'ERROR');
    for (const code of [0, 1, 8, 17, 36, 49, 50, 69, 70, '48', true]) {
      assert.equal(reasonOf([8, code, 1, {}, 'a']), 'ERROR.RequestType must be the code of a request');
    }
  });

  it('never says what the peer sent', () => {
    assert.ok(!reasonOf([16, 1, { exclude_me: 'secret' }, 'a']).includes('secret'));
    assert.ok(!reasonOf(['secret']).includes('secret'));
  });
});
