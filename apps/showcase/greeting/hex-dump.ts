/** The head of an HTTP message as rows of bytes, each byte marked by what it is part of (RFC 9112 §2.1). */

/** What a byte belongs to. */
export type ByteRole = 'start-line' | 'name' | 'value' | 'line-end';

/** Bytes that follow each other in a row and have one role. */
export interface Run {
  readonly role: ByteRole;
  /** For example `47 45 54`. */
  readonly hex: string;
  /** The same as characters; a dot for what has no picture. */
  readonly text: string;
}

export interface Row {
  /** Of its first byte, for example `0010`. */
  readonly offset: string;
  readonly runs: readonly Run[];
}

/** `head` is Latin-1 text: a character is a byte. */
export function hexDump(head: string, bytesPerRow: number): Row[] {
  const roles = rolesOf(head);
  const rows: Row[] = [];
  for (let offset = 0; offset < head.length; offset += bytesPerRow) {
    const runs: { role: ByteRole; bytes: number[] }[] = [];
    for (let at = offset; at < Math.min(offset + bytesPerRow, head.length); at++) {
      const role = roles[at] ?? 'value';
      const last = runs.at(-1);
      if (last?.role === role) last.bytes.push(head.charCodeAt(at));
      else runs.push({ role, bytes: [head.charCodeAt(at)] });
    }
    rows.push({ offset: offset.toString(16).padStart(4, '0'), runs: runs.map(runOf) });
  }
  return rows;
}

function runOf({ role, bytes }: { role: ByteRole; bytes: readonly number[] }): Run {
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = bytes.map((byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
  return { role, hex, text };
}

function rolesOf(head: string): ByteRole[] {
  return head.split(/(?<=\r\n)/).flatMap((line, number) => {
    const end = line.length - 2;
    const colon = number === 0 ? -1 : line.indexOf(':');
    return Array.from(line, (_, at): ByteRole => {
      if (at >= end) return 'line-end';
      if (number === 0) return 'start-line';
      return at <= colon ? 'name' : 'value';
    });
  });
}
