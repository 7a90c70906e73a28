/**
 * The plan: every byte that the generator sends and awaits for one work against one rival, built before anything is measured,
 * and the file in which the generator reads it.
 *
 * The file is little-endian 32-bit numbers, and blocks of a length and its bytes, in the order in which `serializePlan` writes
 * them; generator/plan.c reads them in the same order. Frames: RFC 6455 §5.2.
 */

export interface Plan {
  /** Each with a request, an opening and scripts of its own; they connect in this order, many at a time. */
  readonly clients: readonly Clients[];
  /**
   * `turns`: connect once and play the scripts. `churn`: each client connects, shakes hands, sends a Close frame, awaits the
   * server's and the end of TCP, and begins anew; a message is then one such round, and scripts are not played.
   */
  readonly mode: 'turns' | 'churn';
  /**
   * `messages`: each `Expected` is one whole message, however fragmented. `stream`: the payloads of all messages are one
   * stream, in which each `Expected` follows the one before (NATS). `raw`: bytes of TCP, without handshake and frames.
   */
  readonly framing: 'messages' | 'stream' | 'raw';
  readonly tls: boolean;
  /** What arrives is inflated before it is compared; with `takeover`, in the context of what the socket has inflated before. */
  readonly deflate: 'none' | 'no-takeover' | 'takeover';
  /** What the server must answer in Sec-WebSocket-Extensions, to the letter; empty: the field must be absent. */
  readonly extensions: string;
  /** Messages that may come between those that are awaited: they are answered and not counted. Pings are answered anyway. */
  readonly asides: readonly Aside[];
}

export interface Clients {
  readonly count: number;
  /** The whole request of the opening handshake, with the key of `handshakeKey`. */
  readonly request: Uint8Array;
  /** Played in order once upgraded, before anything is measured. */
  readonly opening: readonly OpeningStep[];
  /** Sends what its turns say. */
  readonly speaks: boolean;
  /** Awaits what its turns say; who doesn't must hear nothing. */
  readonly listens: boolean;
  /** Script i % n is the one of the i-th of these clients. None: a client that only holds its connection. */
  readonly scripts: readonly Script[];
}

/** Bytes that are sent (whole masked frames), then what must appear in the payloads before going on. */
export interface OpeningStep {
  readonly send: Uint8Array;
  /** At most 4,096 bytes, within one message unless the framing is `stream`. Empty: nothing is awaited. */
  readonly until: Uint8Array;
}

/**
 * Turns that are played in order and from the beginning again. Where all clients speak, each goes on by itself as soon as its
 * own turn has ended; otherwise all clients start a turn together, when everyone has everything of the one before.
 */
export interface Script {
  readonly turns: readonly Turn[];
}

export interface Turn {
  /** Whole masked frames, in one write. */
  readonly send: Uint8Array;
  /** What is sent behind them, in one write. */
  readonly numbered?: readonly Numbered[];
  /** What must arrive in that turn, in this order. */
  readonly expect: readonly Expected[];
}

/**
 * A text message with a number in it, in decimal, which each client counts from 1: ids of requests that have to rise, as WAMP's
 * do. The generator frames and masks it.
 */
export interface Numbered {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** A message, as payload. Between two literals is a wildcard: up to 200 bytes, up to where the next literal first occurs. */
export interface Expected {
  readonly kind: 'text' | 'binary';
  /** If the last one is empty, the wildcard before it reaches to the message's end (not in a `stream`). */
  readonly literals: readonly Uint8Array[];
}

export interface Aside {
  /** A whole message; in a `stream`, what it begins with where an `Expected` could begin. */
  readonly hears: Uint8Array;
  /** A whole masked frame. */
  readonly says: Uint8Array;
}

/** A plan from its clients and from what is not as usual: turns of messages, in plain TCP, without compression. */
export function planOf(parts: Partial<Plan> & Pick<Plan, 'clients'>): Plan {
  return { mode: 'turns', framing: 'messages', tls: false, deflate: 'none', extensions: '', asides: [], ...parts };
}

const modes: readonly Plan['mode'][] = ['turns', 'churn'];
const framings: readonly Plan['framing'][] = ['messages', 'stream', 'raw'];
const deflates: readonly Plan['deflate'][] = ['none', 'no-takeover', 'takeover'];

export function serializePlan(plan: Plan): Uint8Array {
  const file = new PlanFile();
  file.number(modes.indexOf(plan.mode));
  file.number(framings.indexOf(plan.framing));
  file.number(plan.tls ? 1 : 0);
  file.number(deflates.indexOf(plan.deflate));
  file.block(new TextEncoder().encode(plan.extensions));
  file.list(plan.asides, ({ hears, says }) => {
    file.block(hears);
    file.block(says);
  });
  file.list(plan.clients, (clients) => file.clients(clients));
  return file.bytes();
}

class PlanFile {
  readonly #parts: Uint8Array[] = [];

  number(value: number): void {
    this.#parts.push(new Uint8Array(new Uint32Array([value]).buffer));
  }

  block(bytes: Uint8Array): void {
    this.number(bytes.length);
    this.#parts.push(bytes);
  }

  list<T>(all: readonly T[], write: (one: T) => void): void {
    this.number(all.length);
    all.forEach(write);
  }

  clients({ count, request, opening, speaks, listens, scripts }: Clients): void {
    this.number(count);
    this.number(speaks ? 1 : 0);
    this.number(listens ? 1 : 0);
    this.block(request);
    this.list(opening, (step) => {
      this.block(step.send);
      this.block(step.until);
    });
    this.list(scripts, ({ turns }) => this.list(turns, (turn) => this.turn(turn)));
  }

  turn({ send, numbered = [], expect }: Turn): void {
    this.block(send);
    this.list(numbered, ({ before, after }) => {
      this.block(before);
      this.block(after);
    });
    this.list(expect, ({ kind, literals }) => {
      this.number(kind === 'text' ? 1 : 2);
      this.list(literals, (literal) => this.block(literal));
    });
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}
