/** The client: every call ends, and what comes without being asked for is heard. Its server is a session, on paper. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../../wire/test/support/manual-clock.ts';
import { SoapClient, type SoapClientOptions, SoapConnectionError } from '../../src/soap/client.ts';
import { SoapFault, senderFault } from '../../src/soap/fault.ts';
import type { SoapData } from '../../src/soap/message.ts';
import { soapService } from '../../src/soap/service.ts';
import { SoapSession } from '../../src/soap/session.ts';
import { type ChatDefinition, type ChatHandlers, chat, message, PaperPeer, read } from '../support/soap-example.ts';

type Options = SoapClientOptions<ChatDefinition>;

/** A client and a session, each the other's peer. */
function pair(handlers: Partial<ChatHandlers> = {}, options: Options = {}) {
  const said: string[] = [];
  const errors: unknown[] = [];
  const closes: [code: number | undefined, reason: string | undefined][] = [];
  const kinds: string[] = [];
  const service = soapService<ChatDefinition, string>(chat, {
    join: ({ name }, { user }) => ({ members: [user, name] }),
    add: ({ a, b }) => ({ sum: a + b }),
    say: ({ text }) => void said.push(text),
    wait: () => new Promise(() => {}),
    ...handlers,
  });
  const toServer = (data: SoapData) => {
    kinds.push(typeof data);
    void session.receive(data);
    return true;
  };
  const toClient = (data: SoapData) => {
    client.receive(data);
    return true;
  };
  const close = (code?: number, reason?: string) => void closes.push([code, reason]);
  const onError = (error: unknown) => void errors.push(error);
  const session = new SoapSession({ send: toClient, close }, service, { user: 'Ann', onError });
  const client = new SoapClient(chat, { send: toServer, close }, { onError, ...options });
  return { client, session, said, errors, closes, kinds };
}

/** A client whose server is written by hand. */
function alone(options: Options = {}) {
  const peer = new PaperPeer();
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const client = new SoapClient(chat, peer, { clock, onError: (error) => errors.push(error), ...options });
  /** Answers the newest request. */
  const answer = (action: string, body: string, header = '') => {
    const id = /MessageID>([^<]*)/.exec(peer.texts.at(-1)!)![1];
    client.receive(message({ action, id: null, header: `<a:RelatesTo>${id}</a:RelatesTo>${header}`, body }));
  };
  return { client, peer, clock, errors, answer };
}

const sumBody = '<addResponse xmlns="urn:example:chat"><sum>5</sum></addResponse>';
const saidMessage = message({
  action: 'urn:example:chat:said',
  id: null,
  body:
    '<said xmlns="urn:example:chat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
    '<name>Ann</name><text>Hi</text><note xsi:nil="true"/></said>',
});

describe('a call', () => {
  test('resolves to the output of the operation', async () => {
    const { client } = pair();
    assert.deepEqual(await client.call('add', { a: 2, b: 3 }), { sum: 5 });
    assert.deepEqual(await client.call('join', { name: 'Bob', age: 7 }), { members: ['Ann', 'Bob'] });
    assert.equal(client.pending, 0);
  });

  test('is written with an action, an id, and a ReplyTo that is this socket', async () => {
    const { client, peer, answer } = alone({ to: 'urn:the:service' });
    const sum = client.call('add', { a: 2, b: 3 });
    const { action, header } = read(peer.texts[0]!);
    assert.equal(action, 'urn:example:chat:add');
    assert.deepEqual(
      header.map(({ name }) => name),
      ['Action', 'To', 'MessageID', 'ReplyTo'],
    );
    assert.match(peer.texts[0]!, /<wsa:Address>http:\/\/www.w3.org\/2005\/08\/addressing\/anonymous</);
    assert.match(peer.texts[0]!, /<wsa:To>urn:the:service</);
    answer('urn:example:chat:addResponse', sumBody);
    assert.deepEqual(await sum, { sum: 5 });
  });

  test('goes in binary frames, or in text frames if so wished', async () => {
    const binary = pair();
    await binary.client.call('add', { a: 1, b: 1 });
    const text = pair({}, { frames: 'text' });
    await text.client.call('add', { a: 1, b: 1 });
    assert.deepEqual([binary.kinds, text.kinds], [['object'], ['string']]);
  });

  test('of a one-way operation resolves once it is sent', async () => {
    const { client, said, errors } = pair();
    assert.equal(await client.call('say', { text: 'Hello' }), undefined);
    assert.deepEqual([said, errors, client.pending], [['Hello'], [], 0]);
  });

  test('rejects with the fault of the service', async () => {
    const { client } = pair({ add: () => senderFault('Too hard') });
    await assert.rejects(client.call('add', { a: 1, b: 1 }), (error) => {
      assert.ok(error instanceof SoapFault);
      assert.deepEqual([error.code, error.reason], ['Sender', 'Too hard']);
      return true;
    });
  });

  test('rejects at its timeout, and the late reply is nobody’s', async () => {
    const { client, clock, errors, answer } = alone({ timeout: 1000 });
    const late = assert.rejects(client.call('add', { a: 2, b: 3 }), { name: 'TimeoutError' });
    clock.advance(999);
    assert.equal(client.pending, 1);
    clock.advance(1);
    await late;
    answer('urn:example:chat:addResponse', sumBody);
    assert.deepEqual([client.pending, clock.pending, errors], [0, 0, []]);
  });

  test('has its own timeout, or none', async () => {
    const { client, clock } = alone();
    const late = assert.rejects(client.call('add', { a: 2, b: 3 }, { timeout: 5 }), { name: 'TimeoutError' });
    const never = client.call('add', { a: 2, b: 3 }, { timeout: null });
    const byDefault = assert.rejects(client.call('add', { a: 2, b: 3 }), { name: 'TimeoutError' });
    clock.advance(5);
    await late;
    clock.advance(30_000);
    await byDefault;
    assert.equal(client.pending, 1);
    client.ended();
    await assert.rejects(never, SoapConnectionError);
  });

  test('rejects by its signal, before or while it waits', async () => {
    const { client, peer, clock } = alone();
    await assert.rejects(client.call('add', { a: 1, b: 1 }, { signal: AbortSignal.abort(new Error('no')) }), /no/);
    assert.equal(peer.sent.length, 0);
    const abort = new AbortController();
    const ended = assert.rejects(client.call('add', { a: 1, b: 1 }, { signal: abort.signal }), /enough/);
    abort.abort(new Error('enough'));
    await ended;
    assert.deepEqual([client.pending, clock.pending], [0, 0]);
  });

  test('rejects when the reply is not what the contract says', async () => {
    const wrong: [action: string, body: string, says: RegExp][] = [
      ['urn:example:chat:other', sumBody, /not what the contract says/],
      ['urn:example:chat:addResponse', '', /not what the contract says/],
      ['urn:example:chat:addResponse', '<x/>', /not what the contract says/],
      ['urn:example:chat:addResponse', '<addResponse xmlns="urn:example:chat"/>', /sum is missing/],
    ];
    for (const [action, body, says] of wrong) {
      const { client, answer } = alone();
      const rejected = assert.rejects(client.call('add', { a: 1, b: 1 }), says);
      answer(action, body);
      await rejected;
    }
  });

  test('rejects when the reply has a block that must be understood and is not', async () => {
    const { client, answer } = alone();
    const rejected = assert.rejects(client.call('add', { a: 1, b: 1 }), /Not understood: \{urn:sec\}x/);
    answer('urn:example:chat:addResponse', sumBody, '<x xmlns="urn:sec" s:mustUnderstand="1"/>');
    await rejected;
  });

  test('that is our own mistake rejects before anything is sent', async () => {
    const { client, peer } = alone({ maxPending: 1 });
    await assert.rejects(client.call('nothing' as 'add', { a: 1, b: 1 }), TypeError);
    await assert.rejects(client.call('add', { a: 1 } as { a: number; b: number }), TypeError);
    assert.equal(peer.sent.length, 0);
    void client.call('add', { a: 1, b: 1 }).catch(() => {});
    await assert.rejects(client.call('add', { a: 1, b: 1 }), RangeError);
  });
});

test('a socket that refuses to send makes the call reject at once', async () => {
  const send = () => {
    throw new RangeError('Too much is waiting');
  };
  const client = new SoapClient(chat, { send, close: () => {} });
  await assert.rejects(client.call('add', { a: 1, b: 1 }), RangeError);
  await assert.rejects(client.call('say', { text: 'x' }), RangeError);
  assert.equal(client.pending, 0);
});

describe('notifications', () => {
  test('go to the handler and to everyone who iterates', async () => {
    const heard: unknown[] = [];
    const { client, session } = pair({}, { onNotification: (each) => heard.push(each) });
    const first = client.notifications();
    const second = client.notifications();
    session.notify(chat.notification('said', { name: 'Ann', text: 'Hi', note: null }));
    const expected = { name: 'said', value: { name: 'Ann', text: 'Hi', note: null } };
    assert.deepEqual(heard, [expected]);
    assert.deepEqual([(await first.next()).value, (await second.next()).value], [expected, expected]);
  });

  test('of a handler that throws are still heard by the others', async () => {
    const { client, errors } = alone({
      onNotification: () => {
        throw new Error('mine');
      },
    });
    const all = client.notifications();
    client.receive(saidMessage);
    assert.equal((await all.next()).value!.name, 'said');
    assert.match(String(errors[0]), /mine/);
  });

  test('end with the connection: in good order, or by its error', async () => {
    const good = alone();
    const bad = alone();
    const [fine, broken] = [good.client.notifications(), bad.client.notifications()];
    good.client.ended();
    bad.client.ended(new SoapConnectionError('cut'));
    assert.equal((await fine.next()).done, true);
    await assert.rejects(broken.next(), /cut/);
    assert.equal((await good.client.notifications().next()).done, true);
  });

  test('that nobody defined, or that are not as defined, go to onError', () => {
    const { client, errors } = alone();
    client.receive(message({ action: 'urn:what', id: null, body: '<x/>' }));
    client.receive(message({ action: 'urn:example:chat:said', id: null, body: '<x/>' }));
    client.receive(message({ action: 'urn:example:chat:said', id: null, body: '<said xmlns="urn:example:chat"/>' }));
    assert.equal(errors.length, 3);
  });
});

describe('what else comes', () => {
  test('faults that answer nothing go to onError', () => {
    const { client, errors } = alone();
    const fault = '<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault>';
    client.receive(message({ action: 'urn:f', id: null, body: fault }));
    client.receive('<Envelope xmlns="urn:other"/>');
    assert.deepEqual(
      errors.map((error) => (error as SoapFault).code),
      ['Sender', 'VersionMismatch'],
    );
  });

  test('replies to nothing of ours are passed over', () => {
    const { client, errors } = alone();
    client.receive(message({ header: '<a:RelatesTo>urn:never</a:RelatesTo>', body: sumBody }));
    assert.deepEqual(errors, []);
  });

  test('what is not XML ends the connection, by a code that a page may send', async () => {
    for (const [data, code] of [
      ['<a>', 4007],
      ['<!DOCTYPE a><a/>', 4008],
    ] as const) {
      const { client, peer } = alone();
      const rejected = assert.rejects(client.call('add', { a: 1, b: 1 }), SoapConnectionError);
      client.receive(data);
      await rejected;
      assert.equal(peer.closed?.code, code);
      client.receive(saidMessage);
      await assert.rejects(client.call('add', { a: 1, b: 1 }), SoapConnectionError);
    }
  });
});

describe('the end', () => {
  test('by us closes with 1000 and ends every call', async () => {
    const { client, closes } = pair();
    const rejected = assert.rejects(client.call('wait', {}), SoapConnectionError);
    const all = client.notifications();
    client.close();
    client.close();
    await rejected;
    assert.equal((await all.next()).done, true);
    assert.deepEqual(closes, [[1000, '']]);
    await assert.rejects(client.call('say', { text: 'x' }), SoapConnectionError);
  });
});
