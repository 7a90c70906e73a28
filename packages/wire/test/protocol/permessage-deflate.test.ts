import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Extension, parseExtensions, serializeExtensions } from '../../src/protocol/header-fields.ts';
import {
  acceptDeflate,
  checkDeflate,
  type DeflateAgreement,
  type DeflateOffer,
  type DeflateOptions,
  offerDeflate,
} from '../../src/protocol/permessage-deflate.ts';

function parsed(text: string): Extension[] {
  const extensions = parseExtensions([text]);
  assert.ok(extensions, `${text} does not parse`);
  return extensions;
}

/** The client's offer as text. */
function offered(options?: DeflateOptions): string {
  return serializeExtensions([offerDeflate(options).extension]);
}

/** The server's answer as text, or `declined`. */
function answered(offers: string, options?: DeflateOptions): string {
  const accepted = acceptDeflate(parsed(offers), options);
  return accepted === undefined ? 'declined' : serializeExtensions([accepted.extension]);
}

function agreed(offers: string, options?: DeflateOptions): DeflateAgreement | undefined {
  return acceptDeflate(parsed(offers), options)?.agreement;
}

/** What the client makes of an answer. */
function checked(answer: string, offer: DeflateOffer): DeflateAgreement | undefined {
  return checkDeflate(parsed(answer)[0]!, offer);
}

const noDemands = offerDeflate().offer;
const withWindows = { serverMaxWindowBits: 15, clientMaxWindowBits: 15 };
const badBits = ['7', '16', '0', '08', '015', '9x', '-9', '+9', '9.0', '1e1', '12345678901', '0x9'];

describe('RFC 7692 §5: negotiating', () => {
  it('is up to the first offer that can be accepted', () => {
    const offers = 'foo, permessage-deflate; server_max_window_bits=10, permessage-deflate';
    assert.equal(answered(offers, withWindows), 'permessage-deflate; server_max_window_bits=10');
    const worse = 'permessage-deflate; bad, permessage-deflate; server_no_context_takeover, permessage-deflate';
    assert.equal(answered(worse, withWindows), 'permessage-deflate; server_no_context_takeover');
  });

  it('comes to nothing when permessage-deflate is not offered', () => {
    assert.equal(acceptDeflate([]), undefined);
    assert.equal(answered('x-webkit-deflate-frame, permessage-deflat, Permessage-Deflate, constructor'), 'declined');
  });

  it('starts from an offer that browsers make too', () => {
    assert.equal(offered(), 'permessage-deflate; client_max_window_bits');
  });

  it('puts every wish on the wire', () => {
    const all = {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 8,
    };
    assert.equal(
      offered(all),
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=8',
    );
    assert.equal(offered({ serverMaxWindowBits: 15 }), 'permessage-deflate; client_max_window_bits');
  });

  it('has small windows by default, where they are ours to choose', () => {
    assert.equal(answered('permessage-deflate'), 'permessage-deflate; server_max_window_bits=11');
    assert.equal(
      answered('permessage-deflate; client_max_window_bits'),
      'permessage-deflate; server_max_window_bits=11; client_max_window_bits=11',
    );
    assert.equal(checked('permessage-deflate', noDemands)?.clientMaxWindowBits, 11);
  });

  it('takes nothing but 8 to 15 from its user', () => {
    for (const bits of [7, 16, 9.5, Number.NaN, '9' as unknown as number]) {
      assert.throws(() => offerDeflate({ serverMaxWindowBits: bits }), RangeError);
      assert.throws(() => offerDeflate({ clientMaxWindowBits: bits }), RangeError);
      assert.throws(
        () => acceptDeflate([], { clientMaxWindowBits: bits }),
        /clientMaxWindowBits must be an integer from 8 to 15/,
      );
    }
  });
});

describe('RFC 7692 §7: a server MUST decline an offer', () => {
  const cases: [reason: string, offer: string][] = [
    ['with a parameter not defined for an offer', 'permessage-deflate; foo'],
    ['with a parameter named as something of a prototype', 'permessage-deflate; constructor'],
    ['with __proto__ as a parameter', 'permessage-deflate; __proto__=1'],
    ['with a parameter in another case', 'permessage-deflate; Server_No_Context_Takeover'],
    [
      'with server_no_context_takeover twice',
      'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    ],
    [
      'with client_no_context_takeover twice',
      'permessage-deflate; client_no_context_takeover; client_no_context_takeover',
    ],
    ['with server_max_window_bits twice', 'permessage-deflate; server_max_window_bits=10; server_max_window_bits=10'],
    ['with client_max_window_bits twice', 'permessage-deflate; client_max_window_bits; client_max_window_bits=10'],
    ['with a value for server_no_context_takeover', 'permessage-deflate; server_no_context_takeover=true'],
    ['with a value for client_no_context_takeover', 'permessage-deflate; client_no_context_takeover=1'],
    ['with server_max_window_bits without a value', 'permessage-deflate; server_max_window_bits'],
    ...badBits.flatMap((bits): [string, string][] => [
      [`with server_max_window_bits=${bits}`, `permessage-deflate; server_max_window_bits=${bits}`],
      [`with client_max_window_bits=${bits}`, `permessage-deflate; client_max_window_bits=${bits}`],
    ]),
  ];
  for (const [reason, offer] of cases) {
    it(reason, () => {
      assert.equal(answered(offer), 'declined');
      assert.equal(answered(`${offer}, permessage-deflate`, withWindows), 'permessage-deflate');
    });
  }
});

describe('RFC 7692 §7: a client MUST fail the connection on an answer', () => {
  const cases: [reason: string, answer: string][] = [
    ['with a parameter not defined for an answer', 'permessage-deflate; foo=1'],
    ['with a parameter named as something of a prototype', 'permessage-deflate; toString'],
    ['with a parameter twice', 'permessage-deflate; server_no_context_takeover; server_no_context_takeover'],
    ['with two values of a window', 'permessage-deflate; server_max_window_bits=10; server_max_window_bits=11'],
    ['with a value for server_no_context_takeover', 'permessage-deflate; server_no_context_takeover=1'],
    ['with a value for client_no_context_takeover', 'permessage-deflate; client_no_context_takeover=1'],
    ['with server_max_window_bits without a value', 'permessage-deflate; server_max_window_bits'],
    ['with client_max_window_bits without a value', 'permessage-deflate; client_max_window_bits'],
    ...badBits.flatMap((bits): [string, string][] => [
      [`with server_max_window_bits=${bits}`, `permessage-deflate; server_max_window_bits=${bits}`],
      [`with client_max_window_bits=${bits}`, `permessage-deflate; client_max_window_bits=${bits}`],
    ]),
  ];
  for (const [reason, answer] of cases) {
    it(reason, () => {
      assert.equal(checked(answer, noDemands), undefined);
      assert.notEqual(checked('permessage-deflate', noDemands), undefined);
    });
  }
});

describe('RFC 7692 §7.1.1.1: server_no_context_takeover', () => {
  it('is accepted by repeating it', () => {
    const offer = 'permessage-deflate; server_no_context_takeover';
    assert.equal(answered(offer, withWindows), offer);
    assert.equal(agreed(offer, withWindows)?.serverNoContextTakeover, true);
  });

  it('may be chosen by the server without an offer', () => {
    const wish = { ...withWindows, serverNoContextTakeover: true };
    assert.equal(answered('permessage-deflate', wish), 'permessage-deflate; server_no_context_takeover');
    assert.equal(checked('permessage-deflate; server_no_context_takeover', noDemands)?.serverNoContextTakeover, true);
  });

  it('fails the connection when it was demanded and is not repeated', () => {
    const { offer } = offerDeflate({ serverNoContextTakeover: true });
    assert.equal(checked('permessage-deflate', offer), undefined);
    assert.equal(checked('permessage-deflate; server_no_context_takeover', offer)?.serverNoContextTakeover, true);
  });
});

describe('RFC 7692 §7.1.1.2: client_no_context_takeover', () => {
  it('is a hint in the offer, which the server takes up', () => {
    const offer = 'permessage-deflate; client_no_context_takeover';
    assert.equal(answered(offer, withWindows), offer);
    assert.equal(agreed(offer, withWindows)?.clientNoContextTakeover, true);
  });

  it('may be demanded by the server without an offer', () => {
    const wish = { ...withWindows, clientNoContextTakeover: true };
    assert.equal(answered('permessage-deflate', wish), 'permessage-deflate; client_no_context_takeover');
    assert.equal(checked('permessage-deflate; client_no_context_takeover', noDemands)?.clientNoContextTakeover, true);
  });

  it('binds the client that said it, even when the server does not repeat it', () => {
    const { offer } = offerDeflate({ clientNoContextTakeover: true });
    assert.equal(checked('permessage-deflate', offer)?.clientNoContextTakeover, true);
    assert.equal(checked('permessage-deflate', noDemands)?.clientNoContextTakeover, false);
  });
});

describe('RFC 7692 §7.1.2.1: server_max_window_bits', () => {
  it('is accepted with the same or a smaller value', () => {
    assert.equal(
      answered('permessage-deflate; server_max_window_bits=10', { serverMaxWindowBits: 12 }),
      'permessage-deflate; server_max_window_bits=10',
    );
    assert.equal(
      answered('permessage-deflate; server_max_window_bits=12', { serverMaxWindowBits: 10 }),
      'permessage-deflate; server_max_window_bits=10',
    );
    assert.equal(
      answered('permessage-deflate; server_max_window_bits=15', withWindows),
      'permessage-deflate; server_max_window_bits=15',
    );
  });

  it('takes 8, which zlib makes with 9', () => {
    const offer = 'permessage-deflate; server_max_window_bits=8';
    assert.equal(answered(offer), offer);
    assert.equal(agreed(offer)?.serverMaxWindowBits, 8);
  });

  it('may be chosen by the server without an offer', () => {
    assert.equal(checked('permessage-deflate; server_max_window_bits=9', noDemands)?.serverMaxWindowBits, 9);
  });

  it('is 15 when no one says it', () => {
    assert.equal(answered('permessage-deflate', withWindows), 'permessage-deflate');
    assert.equal(agreed('permessage-deflate', withWindows)?.serverMaxWindowBits, 15);
    assert.equal(checked('permessage-deflate', noDemands)?.serverMaxWindowBits, 15);
  });

  it('fails the connection when the answer is larger than the offer, or missing', () => {
    const { offer } = offerDeflate({ serverMaxWindowBits: 10 });
    assert.equal(checked('permessage-deflate; server_max_window_bits=11', offer), undefined);
    assert.equal(checked('permessage-deflate', offer), undefined);
    assert.equal(checked('permessage-deflate; server_max_window_bits=10', offer)?.serverMaxWindowBits, 10);
    assert.equal(checked('permessage-deflate; server_max_window_bits=8', offer)?.serverMaxWindowBits, 8);
  });
});

describe('RFC 7692 §7.1.2.2: client_max_window_bits', () => {
  it('MUST NOT be answered without an offer', () => {
    assert.equal(
      answered('permessage-deflate', { serverMaxWindowBits: 15, clientMaxWindowBits: 9 }),
      'permessage-deflate',
    );
    assert.equal(agreed('permessage-deflate', { clientMaxWindowBits: 9 })?.clientMaxWindowBits, 15);
  });

  it('fails the connection when it is answered without an offer', () => {
    const offer = { ...noDemands, clientMaxWindowBits: undefined };
    assert.equal(checked('permessage-deflate; client_max_window_bits=15', offer), undefined);
    assert.equal(checked('permessage-deflate', offer)?.clientMaxWindowBits, 11);
  });

  it('may be answered with any value to an offer without one', () => {
    const wish = { serverMaxWindowBits: 15, clientMaxWindowBits: 9 };
    assert.equal(
      answered('permessage-deflate; client_max_window_bits', wish),
      'permessage-deflate; client_max_window_bits=9',
    );
    assert.equal(answered('permessage-deflate; client_max_window_bits', withWindows), 'permessage-deflate');
    assert.equal(agreed('permessage-deflate; client_max_window_bits', withWindows)?.clientMaxWindowBits, 15);
    assert.equal(checked('permessage-deflate; client_max_window_bits=9', noDemands)?.clientMaxWindowBits, 9);
    assert.equal(checked('permessage-deflate; client_max_window_bits=15', noDemands)?.clientMaxWindowBits, 11);
  });

  it('is answered with the same or a smaller value to an offer with one', () => {
    const wish = { serverMaxWindowBits: 15, clientMaxWindowBits: 10 };
    assert.equal(
      answered('permessage-deflate; client_max_window_bits=12', wish),
      'permessage-deflate; client_max_window_bits=10',
    );
    assert.equal(
      answered('permessage-deflate; client_max_window_bits=8', wish),
      'permessage-deflate; client_max_window_bits=8',
    );
    assert.equal(
      answered('permessage-deflate; client_max_window_bits=15', withWindows),
      'permessage-deflate; client_max_window_bits=15',
    );
  });

  it('fails the connection when the answer is larger than the offer', () => {
    const { offer } = offerDeflate({ clientMaxWindowBits: 10 });
    assert.equal(checked('permessage-deflate; client_max_window_bits=11', offer), undefined);
    assert.equal(checked('permessage-deflate; client_max_window_bits=10', offer)?.clientMaxWindowBits, 10);
    assert.equal(checked('permessage-deflate; client_max_window_bits=9', offer)?.clientMaxWindowBits, 9);
  });

  it('binds the client that said it, even when the server does not repeat it', () => {
    const { offer } = offerDeflate({ clientMaxWindowBits: 14 });
    assert.equal(checked('permessage-deflate', offer)?.clientMaxWindowBits, 14);
  });
});

describe('RFC 7692 §7.1: both sides together', () => {
  const bits = fc.option(fc.integer({ min: 8, max: 15 }), { nil: undefined });
  const flag = fc.option(fc.boolean(), { nil: undefined });
  const options = fc.record({
    serverMaxWindowBits: bits,
    clientMaxWindowBits: bits,
    serverNoContextTakeover: flag,
    clientNoContextTakeover: flag,
  });

  it('agree whatever the wishes, so that neither compresses what the other cannot read', () => {
    fc.assert(
      fc.property(options, options, (ofClient, ofServer) => {
        const { offer, extension } = offerDeflate(ofClient);
        const accepted = acceptDeflate(parsed(serializeExtensions([extension])), ofServer);
        assert.ok(accepted);
        const atClient = checked(serializeExtensions([accepted.extension]), offer);
        assert.ok(atClient);
        const atServer = accepted.agreement;
        // Who compresses may do with less than the reader is ready for.
        assert.ok(atServer.serverMaxWindowBits <= atClient.serverMaxWindowBits);
        assert.ok(atClient.clientMaxWindowBits <= atServer.clientMaxWindowBits);
        assert.equal(atServer.serverNoContextTakeover, atClient.serverNoContextTakeover);
        assert.equal(atServer.clientNoContextTakeover, atClient.clientNoContextTakeover);
        // Wishes come true.
        assert.ok(atClient.serverMaxWindowBits <= (ofClient.serverMaxWindowBits ?? 15));
        assert.ok(atClient.serverMaxWindowBits <= (ofServer.serverMaxWindowBits ?? 11));
        assert.ok(atClient.clientMaxWindowBits <= (ofClient.clientMaxWindowBits ?? 11));
        assert.ok(atServer.clientMaxWindowBits <= (ofServer.clientMaxWindowBits ?? 11));
        assert.equal(
          atServer.serverNoContextTakeover,
          !!(ofClient.serverNoContextTakeover || ofServer.serverNoContextTakeover),
        );
        assert.equal(
          atServer.clientNoContextTakeover,
          !!(ofClient.clientNoContextTakeover || ofServer.clientNoContextTakeover),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('never agree to a window outside of 8 to 15, whatever the parameters', () => {
    const parameter = fc.tuple(
      fc.constantFrom(
        'server_max_window_bits',
        'client_max_window_bits',
        'server_no_context_takeover',
        'client_no_context_takeover',
        'x',
      ),
      fc.oneof(fc.constant(true as const), fc.integer({ min: 0, max: 17 }).map(String)),
    );
    const extension = fc.record({
      name: fc.constant('permessage-deflate'),
      parameters: fc.array(parameter, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(extension, options, (theirs, ours) => {
        for (const agreement of [
          acceptDeflate([theirs], ours)?.agreement,
          checkDeflate(theirs, offerDeflate(ours).offer),
        ]) {
          if (agreement === undefined) continue;
          const { serverMaxWindowBits, clientMaxWindowBits } = agreement;
          assert.ok(serverMaxWindowBits >= 8 && serverMaxWindowBits <= 15);
          assert.ok(clientMaxWindowBits >= 8 && clientMaxWindowBits <= 15);
        }
      }),
    );
  });
});
