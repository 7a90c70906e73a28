/**
 * Bytes for tests: written by hand, built and read frame by frame.
 *
 * Rule of this file: nothing of src/ is used. Frames are built and read here by the letter of RFC 6455 §5.2, octet by octet,
 * so that an error in the code under test can't hide behind the same error in its test.
 */

/** Bytes in hexadecimal, spaces as you like; other bytes may be put in between: hex`81 05 ${payload}`. */
export function hex(strings: TemplateStringsArray, ...inserted: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [index, text] of strings.entries()) {
    const digits = text.replaceAll(/\s/g, '');
    if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new SyntaxError(`Not whole hexadecimal octets: ${text}`);
    parts.push(Uint8Array.from(digits.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16)));
    const bytes = inserted[index];
    if (bytes !== undefined) parts.push(bytes);
  }
  return concat(...parts);
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** `length` octets, no two neighbours alike, high bits included. */
export function octets(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 167 + 13) & 0xff);
}

/** The body of a Close frame. */
export function closeBody(code: number, reason = ''): Uint8Array {
  return concat(Uint8Array.of(code >> 8, code & 0xff), utf8(reason));
}

/** The masking key of the examples in RFC 6455 §5.7. */
export const exampleKey: Uint8Array = hex`37 fa 21 3d`;

export interface FrameParts {
  /** @default true */
  readonly fin?: boolean;
  /** RSV1, RSV2 and RSV3 as the bits 4, 2 and 1. @default 0 */
  readonly rsv?: number;
  readonly opcode: number;
  readonly payload?: Uint8Array;
  /** The masking key; without one the frame is not masked. */
  readonly key?: Uint8Array | undefined;
  /** Octets of the extended payload length; the minimal number unless told otherwise. */
  readonly lengthOctets?: 0 | 2 | 8;
  /** What the header declares, when that is not the length of `payload`. */
  readonly declared?: number | bigint;
}

/** Any frame, also one that breaks the rules. */
export function buildFrame(parts: FrameParts): Uint8Array {
  const { payload = new Uint8Array(0), key } = parts;
  const declared = BigInt(parts.declared ?? payload.length);
  const lengthOctets = parts.lengthOctets ?? (declared < 126n ? 0 : declared < 65536n ? 2 : 8);
  const header = [(parts.fin === false ? 0 : 0x80) + (parts.rsv ?? 0) * 0x10 + parts.opcode];
  const maskBit = key === undefined ? 0 : 0x80;
  header.push(maskBit + (lengthOctets === 0 ? Number(declared) : lengthOctets === 2 ? 126 : 127));
  for (let i = lengthOctets - 1; i >= 0; i--) header.push(Number((declared >> BigInt(8 * i)) & 0xffn));
  if (key === undefined) return concat(Uint8Array.from(header), payload);
  return concat(
    Uint8Array.from(header),
    key,
    payload.map((octet, i) => octet ^ key[i % 4]!),
  );
}

/** How a peer frames: a client with a masking key, a server without. */
export class FrameBuilder {
  readonly key: Uint8Array | undefined;

  constructor(key?: Uint8Array) {
    this.key = key;
  }

  /** Any frame, masked as this peer must mask it unless `parts` say otherwise. */
  frame(parts: FrameParts): Uint8Array {
    return buildFrame({ key: this.key, ...parts });
  }

  text(text: string | Uint8Array, parts: Partial<FrameParts> = {}): Uint8Array {
    return this.frame({ opcode: 0x1, payload: typeof text === 'string' ? utf8(text) : text, ...parts });
  }

  binary(payload: Uint8Array, parts: Partial<FrameParts> = {}): Uint8Array {
    return this.frame({ opcode: 0x2, payload, ...parts });
  }

  continuation(payload: string | Uint8Array, parts: Partial<FrameParts> = {}): Uint8Array {
    return this.frame({ opcode: 0x0, payload: typeof payload === 'string' ? utf8(payload) : payload, ...parts });
  }

  ping(payload: Uint8Array = hex``): Uint8Array {
    return this.frame({ opcode: 0x9, payload });
  }

  pong(payload: Uint8Array = hex``): Uint8Array {
    return this.frame({ opcode: 0xa, payload });
  }

  /** Without a code the body is empty. */
  close(code?: number, reason?: string): Uint8Array {
    return this.frame({ opcode: 0x8, payload: code === undefined ? hex`` : closeBody(code, reason) });
  }
}

export interface ReadFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  /** The masking key, when the frame was masked. */
  readonly key: Uint8Array | undefined;
  readonly lengthOctets: 0 | 2 | 8;
  /** Unmasked. */
  readonly payload: Uint8Array;
}

/** Reads whole frames; anything left over is an error. */
export function readFrames(wire: Uint8Array): ReadFrame[] {
  const frames: ReadFrame[] = [];
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (at + count > wire.length) throw new RangeError(`The bytes end within a frame: ${toHex(wire.subarray(0, 64))}`);
    at += count;
    return wire.slice(at - count, at);
  };
  while (at < wire.length) {
    const [first, second] = take(2) as unknown as [number, number];
    const short = second & 0x7f;
    const lengthOctets = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length = lengthOctets === 0 ? short : Number.parseInt(toHex(take(lengthOctets)), 16);
    const key = second & 0x80 ? take(4) : undefined;
    const payload = take(length).map((octet, i) => (key === undefined ? octet : octet ^ key[i % 4]!));
    frames.push({ fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, key, lengthOctets, payload });
  }
  return frames;
}
