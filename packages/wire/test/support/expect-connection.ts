/**
 * A connection as its tests see it: what its peer sends goes in, all that happens is written down in order, and the
 * assertions speak the domain's words: receives, sends, fails, closes.
 */
import assert from 'node:assert/strict';
import { type Closed, Connection, type ConnectionOptions, type State } from '../../src/protocol/connection.ts';
import { RemoteProtocolError } from '../../src/protocol/errors.ts';
import { type Platform, universalPlatform } from '../../src/protocol/platform.ts';
import type { Role } from '../../src/protocol/role.ts';
import { type FrameViolation, frameViolations } from '../../src/protocol/violations.ts';
import { closeBody, concat, exampleKey, FrameBuilder, type ReadFrame, readFrames, toHex } from './bytes.ts';

export const roles: readonly Role[] = ['client', 'server'];

/**
 * One thing that happened, payloads in hexadecimal (text that is not compressed as the string):
 * `['text', 'Hello']`, `['compressed binary', 'c0ffee']`, `['ping', '']`, `['close', 1000, 'bye']`,
 * `['sends', 'pong', '01']`, `['fails', 'reserved-opcode']`.
 */
export type Happening = readonly (string | number)[];

const opcodeNames: Readonly<Record<number, string>> = { 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

/** Random numbers that a test can foresee: the octets 1, 2, 3 … */
export function countingRandom(): (bytes: Uint8Array) => void {
  let next = 0;
  return (bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = ++next;
  };
}

/** How a peer of `role` frames. */
export function peerOf(role: Role): FrameBuilder {
  return new FrameBuilder(role === 'server' ? exampleKey : undefined);
}

export interface ConversationOptions extends Omit<ConnectionOptions, 'platform'> {
  readonly platform?: Partial<Platform>;
  /** Called on each happening, right when it happens. */
  readonly watch?: (happening: Happening, conversation: Conversation) => void;
}

export class Conversation {
  readonly role: Role;
  /** Builds what the peer would send. */
  readonly peer: FrameBuilder;
  readonly connection: Connection;
  readonly happenings: Happening[] = [];
  readonly #wire: Uint8Array[] = [];
  readonly #watch: ConversationOptions['watch'];

  constructor(role: Role, options: ConversationOptions = {}) {
    this.role = role;
    this.peer = peerOf(role);
    this.#watch = options.watch;
    this.connection = new Connection(
      role,
      {
        text: (text) => this.#note('text', text),
        binary: (payload) => this.#note('binary', toHex(payload)),
        compressed: (payload, kind) => this.#note(`compressed ${kind}`, toHex(payload)),
        ping: (payload) => this.#note('ping', toHex(payload)),
        pong: (payload) => this.#note('pong', toHex(payload)),
        closeReceived: ({ code, reason }) => this.#note('close', code, reason),
        output: (frame) => {
          const bytes = frame instanceof Uint8Array ? frame.slice() : concat(...frame);
          this.#wire.push(bytes);
          // Each output must be one whole frame.
          const [read, ...more] = readFrames(bytes);
          assert.deepEqual(more, []);
          this.#note('sends', opcodeNames[read!.opcode] ?? 'unknown', toHex(read!.payload));
        },
        failed: (error) => this.#note('fails', error instanceof RemoteProtocolError ? error.code : error.message),
      },
      { ...options, platform: { ...universalPlatform, random: countingRandom(), ...options.platform } },
    );
  }

  /** The peer's bytes arrive, each piece by itself. The pieces stay as they are: the connection gets copies. */
  receive(...pieces: readonly Uint8Array[]): this {
    return this.receiveEach(pieces);
  }

  /** As `receive`, for more pieces than a call takes arguments. */
  receiveEach(pieces: Iterable<Uint8Array>): this {
    for (const piece of pieces) this.connection.receive(piece.slice());
    return this;
  }

  /** All bytes that went out. */
  get wire(): Uint8Array {
    return concat(...this.#wire);
  }

  /** All frames that went out. */
  get sent(): ReadFrame[] {
    return readFrames(this.wire);
  }

  #note(...happening: Happening): void {
    this.happenings.push(happening);
    this.#watch?.(happening, this);
  }
}

/** All that happened, in this order and nothing else. */
export function expectHappenings(conversation: Conversation, ...expected: readonly Happening[]): void {
  assert.deepEqual(conversation.happenings, expected);
}

/** The peer's bytes, as one chunk, lead to exactly this. */
export function expectReceives(conversation: Conversation, bytes: Uint8Array, ...expected: readonly Happening[]): void {
  const before = conversation.happenings.length;
  conversation.receive(bytes);
  assert.deepEqual(conversation.happenings.slice(before), expected);
}

/** `act` puts out exactly these frames, masked as the role demands. */
export function expectSends(
  conversation: Conversation,
  act: () => void,
  ...expected: readonly Partial<ReadFrame>[]
): void {
  const before = conversation.sent.length;
  act();
  const sent = conversation.sent.slice(before);
  assert.equal(sent.length, expected.length, `${sent.length} frames went out, not ${expected.length}`);
  for (const [index, frame] of sent.entries()) {
    assert.equal(frame.key !== undefined, conversation.role === 'client', 'a client masks, a server does not');
    assert.deepEqual({ ...frame, ...expected[index] }, frame);
  }
}

/** `act` puts out nothing and nothing happens. */
export function expectSilence(conversation: Conversation, act: () => void): void {
  const before = conversation.happenings.length;
  act();
  assert.deepEqual(conversation.happenings.slice(before), []);
}

/**
 * The bytes make the connection fail with this row of the table, as the last thing that happens, and whatever comes
 * after it is not even looked at (RFC 6455 §7.1.7).
 */
export function expectFails(conversation: Conversation, bytes: Uint8Array, violation: FrameViolation): void {
  conversation.receive(bytes);
  const { close, section } = frameViolations[violation];
  assert.deepEqual(conversation.happenings.slice(-2), [
    ['sends', 'close', toHex(closeBody(close))],
    ['fails', violation],
  ]);
  const { peer } = conversation;
  expectSilence(conversation, () => conversation.receive(peer.ping(), peer.text('more'), peer.close(1000)));
  const { error, clean } = expectCloses(conversation, { code: 1006, reason: '' });
  assert.equal(clean, false);
  assert.ok(error instanceof RemoteProtocolError);
  assert.equal(error.closeCode, close);
  assert.equal(error.section, section);
}

/** The stream ends, and the connection with it, in this way. */
export function expectCloses(conversation: Conversation, expected: Partial<Closed>): Closed {
  const closed = conversation.connection.end();
  assert.deepEqual({ ...closed, ...expected }, closed);
  expectState(conversation, 'closed');
  return closed;
}

export function expectState(conversation: Conversation, state: State): void {
  assert.equal(conversation.connection.state, state);
}
