/** Contracts: what is named by default, what can't be meant, and notifications written once. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defineSoapContract } from '../../src/soap/contract.ts';
import { chat, read } from '../support/soap-example.ts';

const namespace = 'urn:x';

describe('names', () => {
  test('are made from the namespace and the name', () => {
    const join = chat.operations.get('join')!;
    assert.equal(join.action, 'urn:example:chat:join');
    assert.equal(String(join.element), '{urn:example:chat}join');
    assert.equal(join.reply!.action, 'urn:example:chat:joinResponse');
    assert.equal(String(join.reply!.element), '{urn:example:chat}joinResponse');
    assert.equal(chat.operations.get('say')!.reply, undefined);
    assert.equal(chat.notificationsByAction.get('urn:example:chat:said')!.name, 'said');
  });

  test('follow a namespace that is no URN behind a slash', () => {
    const actionIn = (namespace: string) =>
      defineSoapContract({ namespace, operations: { a: { input: {} } } }).operations.get('a')!.action;
    assert.equal(actionIn('http://example.com/chat'), 'http://example.com/chat/a');
    assert.equal(actionIn('http://example.com/chat/'), 'http://example.com/chat/a');
    assert.equal(actionIn('urn:x:'), 'urn:x:a');
  });

  test('can be given, as a WSDL has them', () => {
    const contract = defineSoapContract({
      namespace,
      operations: {
        a: { action: 'urn:act', element: 'A', replyAction: 'urn:re', replyElement: 'B', input: {}, output: {} },
      },
      notifications: { n: { action: 'urn:n', element: 'N', value: {} } },
    });
    const { element, reply } = contract.operationsByAction.get('urn:act')!;
    assert.deepEqual([String(element), reply!.action, String(reply!.element)], ['{urn:x}A', 'urn:re', '{urn:x}B']);
    assert.equal(String(contract.notificationsByAction.get('urn:n')!.element), '{urn:x}N');
  });
});

describe('a contract that could not work throws', () => {
  const wrong: [name: string, definition: Parameters<typeof defineSoapContract>[0]][] = [
    ['no namespace', { namespace: '', operations: {} }],
    ['a name that XML does not have', { namespace, operations: { 'a b': { input: {} } } }],
    ['an element that XML does not have', { namespace, operations: { a: { element: '1', input: {} } } }],
    ['a type that is none', { namespace, operations: { a: { input: { f: 'text' as 'string' } } } }],
    ['an output that is none', { namespace, operations: { a: { input: {}, output: { f: 'text' as 'string' } } } }],
    ['a value that is none', { namespace, operations: {}, notifications: { n: { value: { '': 'int' } } } }],
    [
      'an action twice',
      { namespace, operations: { a: { action: 'urn:a', input: {} }, b: { action: 'urn:a', input: {} } } },
    ],
    ['an empty action', { namespace, operations: { a: { action: '', input: {} } } }],
  ];
  for (const [name, definition] of wrong) {
    test(name, () => assert.throws(() => defineSoapContract(definition), TypeError));
  }
});

describe('a notification', () => {
  test('is one text and one run of bytes for everybody, and needs no id', () => {
    const said = chat.notification('said', { name: 'Ann', text: 'Hi <b>', note: null });
    assert.equal(said.bytes, said.bytes);
    assert.equal(new TextDecoder().decode(said.bytes), said.text);
    const { action, header, content } = read(said.text);
    assert.equal(action, 'urn:example:chat:said');
    assert.equal(header.length, 1);
    assert.deepEqual([content!.namespace, content!.name], ['urn:example:chat', 'said']);
  });

  test('of another name or value throws', () => {
    assert.throws(() => chat.notification('other' as 'said', { name: '', text: '', note: null }), TypeError);
    assert.throws(
      () => chat.notification('said', { name: 'Ann', text: 5 as unknown as string, note: null }),
      TypeError,
    );
  });
});
