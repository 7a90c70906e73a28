/** One socket's conversation: requests, one-way messages, faults, bounds and ends. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SoapFault, senderFault } from '../../src/soap/fault.ts';
import { soapService } from '../../src/soap/service.ts';
import { outlet, type SoapLimits, SoapSession, shortened } from '../../src/soap/session.ts';
import { element, QName } from '../../src/soap/xml.ts';
import {
  addBody,
  addMessage,
  type ChatDefinition,
  type ChatHandlers,
  chat,
  message,
  PaperPeer,
} from '../support/soap-example.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const wsaFault = 'http://www.w3.org/2005/08/addressing/fault';
const soapFault = 'http://www.w3.org/2005/08/addressing/soap/fault';
const none = '<a:Address>http://www.w3.org/2005/08/addressing/none</a:Address>';

/** Lets handlers that answer at once answer. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function conversation(handlers: Partial<ChatHandlers> = {}, limits: Partial<SoapLimits> = {}) {
  const peer = new PaperPeer();
  const errors: unknown[] = [];
  const faults: SoapFault[] = [];
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  const aborted: unknown[] = [];
  const service = soapService<ChatDefinition, string>(chat, {
    join: ({ name }, { user }) => ({ members: [user, name] }),
    add: ({ a, b }) => ({ sum: a + b }),
    say: ({ text }) => void said.push(text),
    wait: (_input, { signal }) => {
      signal.addEventListener('abort', () => aborted.push(signal.reason));
      return new Promise((resolve) => waiting.push(() => resolve({})));
    },
    ...handlers,
  });
  const session = new SoapSession(peer, service, {
    user: 'Ann',
    limits,
    onError: (error) => errors.push(error),
    onFault: (fault) => faults.push(fault),
  });
  const ask = async (text: string | Uint8Array): Promise<void> => {
    void session.receive(text);
    await turn();
  };
  return { peer, session, errors, faults, said, waiting, aborted, ask };
}

const waitMessage = (id: string): string =>
  message({ action: 'urn:example:chat:wait', id, body: '<wait xmlns="urn:example:chat"/>' });
const sayMessage = (text: string, id: string | null = null): string =>
  message({ action: 'urn:example:chat:say', id, body: `<say xmlns="urn:example:chat"><text>${text}</text></say>` });

describe('request and response', () => {
  test('the reply has the action of the contract and relates to the request', async () => {
    const { peer, ask } = conversation();
    await ask(addMessage('urn:uuid:42'));
    assert.equal(peer.sent.length, 1);
    const { action, relatesTo, content } = peer.last;
    assert.deepEqual([action, relatesTo], ['urn:example:chat:addResponse', 'urn:uuid:42']);
    assert.deepEqual([content!.namespace, content!.name], ['urn:example:chat', 'addResponse']);
    assert.match(peer.texts[0]!, /<n1:sum>5<\/n1:sum>/);
  });

  test('handlers know who asks', async () => {
    const { peer, ask } = conversation();
    await ask(
      message({ action: 'urn:example:chat:join', body: '<join xmlns="urn:example:chat"><name>Bob</name></join>' }),
    );
    assert.match(peer.texts[0]!, /<n1:members>Ann<\/n1:members><n1:members>Bob<\/n1:members>/);
  });

  test('a request as WCF writes it is understood, and answered in a binary frame', async () => {
    const { peer, ask } = conversation();
    const body =
      '<add xmlns="urn:example:chat" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><a>2</a><b>3</b></add>';
    const header =
      '<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>' +
      '<a:To s:mustUnderstand="1">ws://example.com/chat</a:To>';
    const text = message({ id: 'urn:uuid:6', header, body }).replace('<a:Action>', '<a:Action s:mustUnderstand="1">');
    await ask(utf8(text.replace(/^<\?xml.*?\?>\s*/, '')));
    assert.ok(peer.sent[0] instanceof Uint8Array);
    assert.deepEqual([peer.last.relatesTo, peer.last.content!.name], ['urn:uuid:6', 'addResponse']);
  });

  test('replies come as they are done, not as they were asked for', async () => {
    const { peer, ask, waiting } = conversation();
    await ask(waitMessage('urn:1'));
    await ask(addMessage('urn:2'));
    waiting[0]!();
    await turn();
    assert.deepEqual(
      peer.texts.map((text) => /RelatesTo>([^<]*)/.exec(text)![1]),
      ['urn:2', 'urn:1'],
    );
  });

  test('the reply comes in the kind of frame that the request came in', async () => {
    const { peer, ask } = conversation();
    await ask(addMessage('urn:1'));
    await ask(utf8(addMessage('urn:2')));
    assert.deepEqual(
      peer.sent.map((data) => typeof data),
      ['string', 'object'],
    );
  });

  test('a reply to nowhere is not sent, and its operation runs', async () => {
    let runs = 0;
    const { peer, ask } = conversation({ add: () => ({ sum: ++runs }) });
    await ask(addMessage('urn:1', `<a:ReplyTo>${none}</a:ReplyTo>`));
    assert.deepEqual([runs, peer.sent.length], [1, 0]);
  });

  test('the parameters of ReplyTo go back with the reply', async () => {
    const { peer, ask } = conversation();
    const address = '<a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address>';
    const parameters = '<a:ReferenceParameters><k xmlns="urn:k">7</k></a:ReferenceParameters>';
    await ask(addMessage('urn:1', `<a:ReplyTo>${address}${parameters}</a:ReplyTo>`));
    assert.match(peer.texts[0]!, /<n1:k wsa:IsReferenceParameter="true">7<\/n1:k>/);
  });
});

describe('one-way messages', () => {
  test('are never answered', async () => {
    const { peer, ask, said } = conversation();
    await ask(sayMessage('Hello'));
    await ask(sayMessage('again', 'urn:1'));
    assert.deepEqual([said, peer.sent], [['Hello', 'again'], []]);
  });

  test('what is wrong with them is ours to hear, and so is what fails in them', async () => {
    const { peer, ask, errors, faults } = conversation({ say: () => senderFault('Not you') });
    await ask(sayMessage('x'));
    await ask(message({ action: 'urn:example:chat:say', id: null, body: '<say xmlns="urn:example:chat"/>' }));
    const failing = conversation({ say: () => Promise.reject(new Error('broken')) });
    await failing.ask(sayMessage('x'));
    assert.deepEqual([peer.sent, failing.peer.sent, errors, failing.faults], [[], [], [], []]);
    assert.deepEqual(
      faults.map(({ reason }) => reason),
      ['Not you', 'say/text is missing'],
    );
    assert.match(String(failing.errors), /broken/);
  });
});

describe('faults', () => {
  const cases: [name: string, text: string, codes: string[], action: string, relatesTo?: string | null][] = [
    [
      'an action that nobody has',
      message({ action: 'urn:what', body: addBody }),
      ['env:Sender', 'wsa:ActionNotSupported'],
      wsaFault,
    ],
    [
      'no action',
      message({ action: null, body: addBody }),
      ['env:Sender', 'wsa:MessageAddressingHeaderRequired'],
      wsaFault,
    ],
    [
      'a request without an id',
      message({ id: null, body: addBody }),
      ['env:Sender', 'wsa:MessageAddressingHeaderRequired'],
      wsaFault,
      null,
    ],
    [
      'a reply asked for elsewhere',
      addMessage('urn:uuid:1', '<a:ReplyTo><a:Address>http://127.0.0.1/</a:Address></a:ReplyTo>'),
      ['env:Sender', 'wsa:InvalidAddressingHeader', 'wsa:OnlyAnonymousAddressSupported'],
      wsaFault,
    ],
    [
      'faults asked for elsewhere',
      addMessage('urn:uuid:1', '<a:FaultTo><a:Address>http://127.0.0.1/</a:Address></a:FaultTo>'),
      ['env:Sender', 'wsa:InvalidAddressingHeader', 'wsa:OnlyAnonymousAddressSupported'],
      wsaFault,
    ],
    [
      'a header block twice',
      addMessage('urn:uuid:1', '<a:To>urn:a</a:To><a:To>urn:b</a:To>'),
      ['env:Sender', 'wsa:InvalidAddressingHeader', 'wsa:InvalidCardinality'],
      wsaFault,
    ],
    [
      'a block that has to be understood and is not',
      addMessage('urn:uuid:1', '<x xmlns="urn:sec" s:mustUnderstand="1"/>'),
      ['env:MustUnderstand'],
      soapFault,
    ],
    ['a body of another element', message({ body: '<x xmlns="urn:example:chat"/>' }), ['env:Sender'], soapFault],
    ['an element of another namespace', message({ body: '<add/>' }), ['env:Sender'], soapFault],
    ['an empty body', message({ body: '' }), ['env:Sender'], soapFault],
    ['two elements in the body', message({ body: addBody + addBody }), ['env:Sender'], soapFault],
    [
      'a field of another type',
      message({ body: '<add xmlns="urn:example:chat"><a>x</a><b>1</b></add>' }),
      ['env:Sender'],
      soapFault,
    ],
    [
      'an encoding that is not literal',
      message({ body: addBody.replace('<add', '<add s:encodingStyle="http://www.w3.org/2003/05/soap-encoding"') }),
      ['env:DataEncodingUnknown'],
      soapFault,
    ],
    ['an envelope of another version', '<Envelope xmlns="urn:v"/>', ['env:VersionMismatch'], soapFault, null],
    ['no body at all', '<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"/>', ['env:Sender'], soapFault, null],
  ];
  for (const [name, text, codes, action, relatesTo = 'urn:uuid:1'] of cases) {
    test(`answer ${name}, and the conversation goes on`, async () => {
      const { peer, ask } = conversation();
      await ask(text);
      assert.equal(peer.sent.length, 1);
      const { last } = peer;
      assert.deepEqual(last.codes, codes);
      assert.equal(last.action, action);
      assert.equal(last.relatesTo, relatesTo ?? undefined);
      assert.notEqual(last.reason, '');
      assert.equal(peer.closed, undefined);
      await ask(addMessage('urn:next'));
      assert.equal(peer.last.action, 'urn:example:chat:addResponse');
    });
  }

  test('of a header block that was not understood name it in a block of their own', async () => {
    const { peer, ask } = conversation();
    await ask(addMessage('urn:1', '<x xmlns="urn:sec" s:mustUnderstand="true"/>'));
    assert.match(peer.texts[0]!, /<env:NotUnderstood qname="n1:x"\/>/);
    assert.match(peer.texts[0]!, /xmlns:n1="urn:sec"/);
  });

  test('a block that the service understands is none', async () => {
    const peer = new PaperPeer();
    const service = { contract: chat, run: async () => ({ sum: 1 }) };
    const understands = (name: QName) => name.equals(new QName('urn:sec', 'x'));
    const session = new SoapSession(peer, service, { user: undefined, understands });
    session.receive(addMessage('urn:1', '<x xmlns="urn:sec" s:mustUnderstand="true"/>'));
    await turn();
    assert.equal(peer.last.action, 'urn:example:chat:addResponse');
  });

  test('to SOAP 1.1 are SOAP 1.1', async () => {
    const { peer, ask } = conversation();
    await ask('<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>');
    assert.equal(peer.last.root.namespace, 'http://schemas.xmlsoap.org/soap/envelope/');
    assert.match(peer.texts[0]!, /Upgrade/);
  });

  test('thrown or returned by a handler reach the peer whole', async () => {
    const fault = new SoapFault({
      code: 'Sender',
      reason: 'The room is full',
      subcodes: [new QName('urn:example:chat', 'Full')],
      detail: [element('urn:example:chat', 'limit', ['5'])],
      action: 'urn:example:chat:full',
    });
    const handlers = [() => fault, () => Promise.reject(fault)];
    for (const add of handlers) {
      const { peer, ask, errors } = conversation({ add });
      await ask(addMessage());
      const { action, codes, reason, relatesTo } = peer.last;
      assert.deepEqual([action, reason, relatesTo], ['urn:example:chat:full', 'The room is full', 'urn:uuid:1']);
      assert.deepEqual(codes, ['env:Sender', 'n1:Full']);
      assert.match(peer.texts[0]!, /<env:Detail><n1:limit>5<\/n1:limit><\/env:Detail>/);
      assert.deepEqual(errors, []);
    }
  });

  test('never say what another error was', async () => {
    const add = () => {
      throw new Error('password is 1234');
    };
    const { peer, ask, errors } = conversation({ add });
    await ask(addMessage());
    assert.deepEqual([peer.last.codes, peer.last.reason], [['env:Receiver'], 'The service failed']);
    assert.ok(!peer.texts[0]!.includes('1234'));
    assert.match(String(errors[0]), /1234/);
  });

  test('are sent when a handler returns what the contract does not have', async () => {
    const { peer, ask, errors } = conversation({ add: () => ({ sum: 'five' }) as unknown as { sum: number } });
    await ask(addMessage());
    assert.deepEqual(peer.last.codes, ['env:Receiver']);
    assert.match(String(errors[0]), /add.*sum|sum/);
  });

  test('are not sent to nowhere', async () => {
    const { peer, ask } = conversation({ add: () => senderFault('no') });
    await ask(addMessage('urn:1', `<a:FaultTo>${none}</a:FaultTo>`));
    await ask(addMessage('urn:1', `<a:FaultTo>${none}</a:FaultTo><x xmlns="urn:sec" s:mustUnderstand="1"/>`));
    assert.deepEqual(peer.sent, []);
  });

  test('are never answered by faults, or two of us would not stop', async () => {
    const { peer, ask, errors, faults } = conversation();
    const fault =
      '<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="en">Hm</s:Text></s:Reason></s:Fault>';
    await ask(message({ action: soapFault, body: fault }));
    await ask(message({ action: null, body: fault }));
    await ask(message({ action: soapFault, header: '<x xmlns="urn:s" s:mustUnderstand="1"/>', body: fault }));
    assert.deepEqual([peer.sent, errors], [[], []]);
    assert.equal(faults.length, 3);
    assert.equal(faults[0]!.reason, 'Hm');
  });
});

describe('what is no XML of SOAP', () => {
  const cases: [name: string, data: string | Uint8Array, close: number][] = [
    ['text', 'Hello', 1007],
    ['an element that is not closed', '<a>', 1007],
    ['bytes that are no UTF-8', Uint8Array.of(0x3c, 0xff), 1007],
    ['UTF-16', new Uint8Array(Buffer.from(addMessage(), 'utf16le')), 1007],
    ['a document type', `<!DOCTYPE a [<!ENTITY x "y">]>${addMessage().slice(38)}`, 1008],
    ['an instruction', `<?x y?>${addMessage().slice(38)}`, 1008],
    ['too deep', '<a>'.repeat(50), 1008],
    ['too large', `<a>${'x'.repeat(2 << 20)}</a>`, 1009],
  ];
  for (const [name, data, close] of cases) {
    test(`${name} is answered by a fault and ends the connection with ${close}`, async () => {
      const { peer, ask, waiting, aborted } = conversation();
      await ask(waitMessage('urn:1'));
      await ask(data);
      assert.deepEqual(peer.last.codes, ['env:Sender']);
      assert.equal(peer.closed?.code, close);
      assert.match(peer.closed!.reason!, /^[\x20-\x7e]{1,123}$/);
      // What was running is told, and what comes then is neither read nor answered.
      assert.equal(aborted.length, 1);
      waiting[0]!();
      await ask(addMessage('urn:2'));
      assert.equal(peer.sent.length, 1);
    });
  }

  test('a close reason is short and plain, whatever is quoted in it', () => {
    assert.equal(shortened(`é🌊\n${'x'.repeat(500)}`).length, 123);
    assert.match(shortened('é\n'), /^\?\?$/);
  });
});

describe('bounds', () => {
  test('an id that is in flight is refused, and free again when its request is done', async () => {
    const { peer, ask, waiting } = conversation();
    await ask(waitMessage('urn:1'));
    await ask(addMessage('urn:1'));
    assert.deepEqual(peer.last.codes, ['env:Sender', 'wsa:InvalidAddressingHeader', 'wsa:DuplicateMessageID']);
    waiting[0]!();
    await turn();
    await ask(addMessage('urn:1'));
    assert.equal(peer.last.action, 'urn:example:chat:addResponse');
  });

  test('at the bound of running operations nothing more is taken until one is done', async () => {
    const { session, waiting } = conversation({}, { maxConcurrent: 2 });
    assert.equal(session.receive(waitMessage('urn:1')), undefined);
    const room = session.receive(waitMessage('urn:2'));
    assert.ok(room instanceof Promise);
    assert.equal(session.running, 2);
    assert.throws(() => session.receive(addMessage()), /before there was room/);
    let free = false;
    void room.then(() => {
      free = true;
    });
    await turn();
    assert.equal(free, false);
    waiting[0]!();
    await room;
    assert.equal(session.running, 1);
    assert.equal(session.receive(sayMessage('x')) instanceof Promise, true);
  });

  test('a peer that does not read its replies is not read either', async () => {
    const { peer, session, ask } = conversation();
    peer.hasRoom = false;
    await ask(addMessage('urn:1'));
    const room = session.receive(addMessage('urn:2'));
    assert.ok(room instanceof Promise);
    peer.drain();
    await room;
    await turn();
    assert.equal(session.receive(addMessage('urn:3')), undefined);
  });

  test('that make no sense throw', () => {
    assert.throws(() => conversation({}, { maxConcurrent: 0 }), RangeError);
  });
});

describe('notifications', () => {
  const said = chat.notification('said', { name: 'Ann', text: 'Hi', note: null });

  test('are the same bytes for everybody: binary, or text for who spoke in text last', async () => {
    const { peer, session, ask } = conversation();
    assert.equal(session.frameKind, 'binary');
    assert.equal(session.notify(said), true);
    await ask(sayMessage('x'));
    session.notify(said);
    await ask(utf8(sayMessage('x')));
    session.notify(said);
    assert.deepEqual(peer.sent, [said.bytes, said.text, said.bytes]);
    assert.equal(peer.sent[0], said.bytes);
  });

  test('say when there is too much to send, and are not sent after the end', () => {
    const { peer, session } = conversation();
    peer.hasRoom = false;
    assert.equal(session.notify(said), false);
    session.end();
    assert.equal(session.notify(said), false);
    assert.equal(peer.sent.length, 1);
  });
});

describe('the end', () => {
  test('aborts what is running, and lets whoever waits for room go', async () => {
    const { session, peer, aborted, waiting } = conversation({}, { maxConcurrent: 1 });
    const room = session.receive(waitMessage('urn:1'));
    session.end();
    session.end();
    await room;
    assert.equal(aborted.length, 1);
    waiting[0]!();
    await turn();
    assert.deepEqual([peer.sent, session.running], [[], 0]);
    assert.equal(session.receive(addMessage()), undefined);
  });

  test('a function for errors that throws does not take the process along', (t) => {
    const logged = t.mock.method(console, 'error', () => {});
    outlet(() => {
      throw new Error('own');
    })(new Error('first'));
    assert.equal(logged.mock.callCount(), 1);
  });

  test('a service of another make that throws at once is only a failure', async () => {
    const peer = new PaperPeer();
    const run = () => {
      throw new Error('at once');
    };
    const session = new SoapSession(peer, { contract: chat, run }, { user: undefined, onError: () => {} });
    session.receive(addMessage());
    await turn();
    assert.deepEqual(peer.last.codes, ['env:Receiver']);
  });
});
