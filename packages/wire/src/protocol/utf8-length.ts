/** How long a text is on the wire, RFC 3629 §3, without writing it. */

/** How many bytes `text` takes in UTF-8. A lone surrogate counts as U+FFFD, as it is written. */
export function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0)!;
    length += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4;
  }
  return length;
}
