/**
 * A socket as its tests see it: the test is its peer, its network and its clock. Frames are built and read by bytes.ts, so
 * that nothing of src/ judges itself.
 */
import assert from 'node:assert/strict';
import type { Closed } from '../../src/protocol/connection.ts';
import type { DeflateAgreement } from '../../src/protocol/permessage-deflate.ts';
import type { Role } from '../../src/protocol/role.ts';
import type { Message } from '../../src/socket/inbox.ts';
import { Socket, type SocketHandlers } from '../../src/socket/socket.ts';
import { resolveSocketOptions, type SocketOptions } from '../../src/socket/socket-options.ts';
import { closeBody, type FrameBuilder, type ReadFrame, readFrames, toHex } from './bytes.ts';
import { peerOf } from './expect-connection.ts';
import { ManualClock } from './manual-clock.ts';
import { Pipe, turn, until } from './pipe.ts';

export const agreement: DeflateAgreement = {
  serverMaxWindowBits: 11,
  clientMaxWindowBits: 11,
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
};

export interface TalkOptions extends SocketOptions {
  readonly head?: Uint8Array;
  readonly deflate?: DeflateAgreement;
  readonly pipe?: Pipe;
  readonly clock?: ManualClock;
}

export class Talk {
  readonly socket: Socket<undefined>;
  readonly pipe: Pipe;
  readonly clock: ManualClock;
  /** Builds what the peer would send. */
  readonly peer: FrameBuilder;
  /** What went to `onError`. */
  readonly errors: { error: unknown; stage: string }[] = [];
  /** How it ended, once it has. */
  closed: Closed | undefined;

  constructor(role: Role, options: TalkOptions = {}) {
    const { head, deflate, pipe = new Pipe(), clock = new ManualClock(), ...socketOptions } = options;
    this.pipe = pipe;
    this.clock = clock;
    this.peer = peerOf(role);
    this.socket = new Socket({
      role,
      stream: pipe.stream,
      url: '/chat',
      subprotocol: 'talk.v1',
      options: resolveSocketOptions(socketOptions),
      data: undefined,
      onError: (error, { stage }) => this.errors.push({ error, stage }),
      ...(head && { head }),
      ...(deflate && { deflate }),
      clock,
    });
    this.socket.closed.then((closed) => {
      this.closed = closed;
    });
  }

  /** The peer sends; each piece is one chunk, and what follows from it has happened afterwards. */
  async receive(...pieces: readonly Uint8Array[]): Promise<void> {
    await turn();
    this.pipe.send(...pieces);
    await turn();
  }

  /** All frames that arrived at the peer. */
  get frames(): ReadFrame[] {
    return readFrames(this.pipe.wire);
  }

  /** They as text: `text Hello`, `binary 0102`, `close 03e8`; compressed ones as `compressed …`. */
  get said(): string[] {
    return this.frames.map(describeFrame);
  }

  /** The peer answers our Close frame and ends the stream. */
  async finish(code?: number): Promise<Closed> {
    await this.receive(this.peer.close(code));
    this.pipe.end();
    await until(() => this.closed !== undefined);
    return this.closed!;
  }
}

/** Both of a pair, or one of them with handlers that write down what they are given. */
export function listening(talk: Talk, more: SocketHandlers<Socket<undefined>> = {}): Message[] {
  const messages: Message[] = [];
  talk.socket.consume({ message: (_socket, data) => void messages.push(data), ...more });
  return messages;
}

const names: Readonly<Record<number, string>> = { 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

function describeFrame({ opcode, rsv, payload }: ReadFrame): string {
  const plainText = opcode === 1 && rsv === 0;
  const says = plainText ? new TextDecoder().decode(payload) : toHex(payload);
  return `${rsv === 4 ? 'compressed ' : ''}${names[opcode]} ${says}`.trimEnd();
}

/** The text of a Close frame in `said`. */
export function closing(code: number, reason = ''): string {
  return `close ${toHex(closeBody(code, reason))}`;
}

/** What `error.code` and `closed` say of a peer that broke a rule. */
export function expectViolation(talk: Talk, violation: string, code: number): void {
  assert.equal(talk.said.at(-1), closing(code));
  assert.equal((talk.closed?.error as { code?: string } | undefined)?.code, violation);
  assert.equal(talk.closed?.clean, false);
}
