/** What is sent, ready made: the opening handshake's request and whole messages in one frame each (RFC 6455 §4.1, §5.2). */

const text = new TextEncoder();

/** A request for the upgrade, with the key that the generator knows the answer to, `dGhlIHNhbXBsZSBub25jZQ==` of RFC 6455 §1.3. */
export function requestTo(path: string, port: number, fields: Readonly<Record<string, string>> = {}): Uint8Array {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ];
  return text.encode(lines.join('\r\n'));
}

/** Four bytes that are never zero and differ from frame to frame. */
export function maskingKey(seed: number): Uint8Array {
  const mixed = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return Uint8Array.of(24, 16, 8, 0).map((shift) => ((mixed >>> shift) & 0xff) | 1);
}

/** Masked if there is a key, as a client's are. */
export function textFrame(payload: Uint8Array, key?: Uint8Array): Uint8Array {
  return frame(0x81, payload, key);
}

export function binaryFrame(payload: Uint8Array, key?: Uint8Array): Uint8Array {
  return frame(0x82, payload, key);
}

/** A text whose payload is compressed already: RSV1 is set (RFC 7692 §6). */
export function compressedTextFrame(payload: Uint8Array, key?: Uint8Array): Uint8Array {
  return frame(0xc1, payload, key);
}

function frame(first: number, payload: Uint8Array, key: Uint8Array | undefined): Uint8Array {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  const mask = key === undefined ? 0 : 0x80;
  head[0] = first;
  head[1] = mask | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  if (key === undefined) return new Uint8Array(Buffer.concat([head, payload]));
  const masked = payload.map((byte, at) => byte ^ (key[at & 3] as number));
  return new Uint8Array(Buffer.concat([head, key, masked]));
}
