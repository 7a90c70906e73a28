/**
 * Walks the tables of violations: each row must be provoked here by bytes, or by the head of a handshake, and must have the
 * consequence that it states. A row without a provocation does not compile, and fails.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { RemoteProtocolError } from '../../src/protocol/errors.ts';
import { acceptFor } from '../../src/protocol/handshake.ts';
import { checkRequest } from '../../src/protocol/handshake-request.ts';
import { checkResponse } from '../../src/protocol/handshake-response.ts';
import { HeaderFields } from '../../src/protocol/header-fields.ts';
import { offerDeflate } from '../../src/protocol/permessage-deflate.ts';
import type { Role } from '../../src/protocol/role.ts';
import {
  type FrameViolation,
  frameViolations,
  type RequestViolation,
  type ResponseViolation,
  requestViolations,
  responseViolations,
} from '../../src/protocol/violations.ts';
import { closeBody, concat, exampleKey, type FrameBuilder, hex } from '../support/bytes.ts';
import { Conversation, expectFails, roles } from '../support/expect-connection.ts';

/** Raised by a stage outside of protocol/: the folder of test/ where bytes provoke it. */
const provokedElsewhere = {
  'compressed-data-corrupt': 'socket',
  'compressed-data-restarted': 'socket',
  'request-too-large': 'server',
  'response-too-large': 'interop',
} as const;

type Elsewhere = keyof typeof provokedElsewhere;

interface FrameProvocation {
  readonly bytes: (peer: FrameBuilder) => Uint8Array;
  /** The only role that can meet it. @default both */
  readonly role?: Role;
  readonly compression?: boolean;
}

const twoFragments = (peer: FrameBuilder) =>
  concat(peer.text('a', { fin: false }), peer.continuation('b', { fin: false }));

/** Met under `maxMessageBytes: 10, maxFrameBytes: 8, maxFragments: 2`. */
const frameProvocations: Record<Exclude<FrameViolation, Elsewhere>, FrameProvocation> = {
  'reserved-bit-set': { bytes: (peer) => peer.text('a', { rsv: 4 }) },
  'reserved-opcode': { bytes: (peer) => peer.frame({ opcode: 0xb }) },
  'length-not-minimal': { bytes: (peer) => peer.text('a', { lengthOctets: 2 }) },
  'length-too-large': { bytes: (peer) => peer.binary(hex``, { declared: 2n ** 53n }) },
  'unmasked-frame-from-client': { bytes: (peer) => peer.text('a', { key: undefined }), role: 'server' },
  'masked-frame-from-server': { bytes: (peer) => peer.text('a', { key: exampleKey }), role: 'client' },
  'fragmented-control-frame': { bytes: (peer) => peer.frame({ opcode: 0x9, fin: false }) },
  'control-frame-too-long': { bytes: (peer) => peer.ping(new Uint8Array(126)) },
  'continuation-without-start': { bytes: (peer) => peer.continuation('a') },
  'message-inside-message': { bytes: (peer) => concat(peer.text('a', { fin: false }), peer.text('b')) },
  'close-payload-of-one-byte': { bytes: (peer) => peer.frame({ opcode: 0x8, payload: hex`03` }) },
  'close-code-not-allowed': { bytes: (peer) => peer.close(1005) },
  'close-reason-not-utf8': { bytes: (peer) => peer.frame({ opcode: 0x8, payload: concat(closeBody(1000), hex`ff`) }) },
  'text-not-utf8': { bytes: (peer) => peer.text(hex`ff`) },
  'compressed-continuation': {
    bytes: (peer) => concat(peer.text('a', { rsv: 4, fin: false }), peer.continuation('b', { rsv: 4 })),
    compression: true,
  },
  'compressed-control-frame': { bytes: (peer) => peer.frame({ opcode: 0x9, rsv: 4 }), compression: true },
  'frame-too-large': { bytes: (peer) => peer.binary(hex``, { declared: 9 }) },
  'message-too-large': { bytes: (peer) => concat(peer.text('abcdef', { fin: false }), peer.continuation('ghijk')) },
  'too-many-fragments': { bytes: (peer) => concat(twoFragments(peer), peer.continuation('c')) },
};

describe('each violation of an open connection fails it with the close code of its row', () => {
  for (const violation of Object.keys(frameViolations) as FrameViolation[]) {
    if (violation in provokedElsewhere) continue;
    const provocation = frameProvocations[violation as keyof typeof frameProvocations];
    for (const role of roles) {
      if (provocation?.role !== undefined && provocation.role !== role) continue;
      it(`${violation}, met by a ${role}: ${frameViolations[violation].close}`, () => {
        assert.ok(provocation, 'no bytes are known that provoke it');
        const limits = { maxMessageBytes: 10, maxFrameBytes: 8, maxFragments: 2 };
        const conversation = new Conversation(role, { limits, compression: provocation.compression ?? false });
        expectFails(conversation, provocation.bytes(conversation.peer), violation);
      });
    }
  }
});

type Fields = Record<string, string | readonly string[] | undefined>;

function headerFields(fields: Fields): HeaderFields {
  const lines = Object.entries(fields).flatMap(([name, values]) => [values ?? []].flat().map((value) => [name, value]));
  return new HeaderFields(lines.flat());
}

const key = 'dGhlIHNhbXBsZSBub25jZQ==';

interface RequestProvocation {
  readonly method?: string;
  readonly target?: string;
  readonly httpVersion?: string;
  /** In place of what a good request has. */
  readonly fields?: Fields;
}

const requestProvocations: Record<Exclude<RequestViolation, Elsewhere>, RequestProvocation> = {
  'request-method-not-get': { method: 'POST' },
  'request-http-version': { httpVersion: '1.0' },
  'request-target': { target: '*' },
  'request-host': { fields: { Host: undefined } },
  'request-upgrade': { fields: { Upgrade: 'h2c' } },
  'request-connection': { fields: { Connection: 'keep-alive' } },
  'request-key': { fields: { 'Sec-WebSocket-Key': 'c2hvcnQ=' } },
  'request-version-missing': { fields: { 'Sec-WebSocket-Version': undefined } },
  'request-version': { fields: { 'Sec-WebSocket-Version': '8' } },
  'request-origin': { fields: { Origin: ['https://a.example', 'https://b.example'] } },
  'request-subprotocols': { fields: { 'Sec-WebSocket-Protocol': 'chat, chat' } },
  'request-extensions': { fields: { 'Sec-WebSocket-Extensions': 'a;;' } },
  'request-body': { fields: { 'Content-Length': '5' } },
  'request-too-many-headers': { fields: { 'X-Many': Array<string>(10).fill('x') } },
};

const refusals: ReadonlySet<number | undefined> = new Set([400, 405, 426, 431]);

describe('each violation of an opening handshake, met by a server, is found and has the HTTP status of its row', () => {
  const check = ({ fields = {}, ...head }: RequestProvocation) => {
    const good = {
      Host: 'a.example',
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
    };
    const headers = headerFields({ ...good, ...fields });
    return checkRequest({ method: 'GET', target: '/', httpVersion: '1.1', ...head, headers }, { maxHeaders: 10 });
  };

  it('none: the request that all of them start from is good', () => {
    assert.deepEqual(check({}), { key, subprotocols: [], extensions: [], origin: undefined });
  });

  for (const violation of Object.keys(requestViolations) as RequestViolation[]) {
    if (violation in provokedElsewhere) continue;
    it(`${violation}: ${requestViolations[violation].status}`, () => {
      const provocation = requestProvocations[violation as keyof typeof requestProvocations];
      assert.ok(provocation, 'no request is known that provokes it');
      assert.equal(check(provocation), violation);
      assert.ok(refusals.has(new RemoteProtocolError(violation).status));
    });
  }
});

interface ResponseProvocation {
  readonly status?: number;
  /** In place of what a good response has. */
  readonly fields?: Fields;
}

const responseProvocations: Record<Exclude<ResponseViolation, Elsewhere>, ResponseProvocation> = {
  'response-status': { status: 200 },
  'response-upgrade': { fields: { Upgrade: 'h2c' } },
  'response-connection': { fields: { Connection: 'close' } },
  'response-accept': { fields: { 'Sec-WebSocket-Accept': acceptFor('another key') } },
  'response-extension-not-offered': { fields: { 'Sec-WebSocket-Extensions': 'mux' } },
  'response-extensions': { fields: { 'Sec-WebSocket-Extensions': 'a;;' } },
  'response-deflate-parameters': {
    fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=16' },
  },
  'response-deflate-repeated': { fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate, permessage-deflate' } },
  'response-subprotocol-not-offered': { fields: { 'Sec-WebSocket-Protocol': 'soap' } },
  'response-subprotocol-repeated': { fields: { 'Sec-WebSocket-Protocol': ['chat', 'chat'] } },
  'response-too-many-headers': { fields: { 'X-Many': Array<string>(10).fill('x') } },
};

describe("each violation of a server's answer is found by a client", () => {
  const check = ({ status = 101, fields = {} }: ResponseProvocation) => {
    const good = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': acceptFor(key) };
    const deflate = offerDeflate({ serverMaxWindowBits: 15, clientMaxWindowBits: 15 }).offer;
    return checkResponse(
      { status, headers: headerFields({ ...good, ...fields }) },
      { key, subprotocols: ['chat'], deflate, maxHeaders: 10 },
    );
  };

  it('none: the answer that all of them start from is good', () => {
    assert.deepEqual(check({}), { subprotocol: '', deflate: undefined });
    const deflated = check({ fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } });
    assert.ok(typeof deflated !== 'string' && deflated.deflate !== undefined);
  });

  for (const violation of Object.keys(responseViolations) as ResponseViolation[]) {
    if (violation in provokedElsewhere) continue;
    it(violation, () => {
      const provocation = responseProvocations[violation as keyof typeof responseProvocations];
      assert.ok(provocation, 'no answer is known that provokes it');
      assert.equal(check(provocation), violation);
    });
  }
});

describe('each violation that only a later stage can find', () => {
  for (const [violation, folder] of Object.entries(provokedElsewhere)) {
    it(`has its test: ${violation}, in test/${folder}`, () => {
      const tests = new URL(`../${folder}/`, import.meta.url);
      const files = readdirSync(tests).filter((name) => name.endsWith('.test.ts'));
      assert.ok(files.some((name) => readFileSync(new URL(name, tests), 'utf8').includes(`'${violation}'`)));
    });
  }
});

describe('the rows of the tables', () => {
  it('name a section of a specification and say what is wrong in one sentence without a full stop', () => {
    for (const row of Object.values({ ...frameViolations, ...requestViolations, ...responseViolations })) {
      assert.match(row.section, /^RFC \d{4} §\d+(\.\d+)*$/);
      assert.match(row.says, /^[a-zA-Z].*[^.]$/);
    }
  });
});
