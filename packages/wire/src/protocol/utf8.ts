/**
 * UTF-8 checked while it arrives, RFC 3629 §4 and RFC 6455 §8.1: a text that can't become valid any more is noticed at
 * its first impossible octet, wherever the chunks were cut.
 *
 * The grammar of RFC 3629 is a machine of nine states. What distinguishes them is which octets may come next:
 *
 *     next octet            from `start`                 then
 *     00..7F                a whole character            start
 *     C2..DF                one tail                     tail1
 *     E0 | E1..EC,EE,EF | ED    two, the first A0..BF | 80..BF | 80..9F    tail1
 *     F0 | F1..F3 | F4          three, the first 90..BF | 80..BF | 80..8F  tail2
 */

/** A character is complete; the text may end here. */
const start = 0;
const tail1 = 1;
const tail2 = 2;
const afterE0 = 3;
const afterED = 4;
const afterF0 = 5;
const tail3 = 6;
const afterF4 = 7;
const invalid = 8;

/** Checks one text that arrives in parts. */
export class Utf8Check {
  #state: number = start;

  /** Takes the next octets; false once the text can't be valid UTF-8, whatever follows. */
  push(bytes: Uint8Array, from = 0, to: number = bytes.length): boolean {
    let state = this.#state;
    for (let i = from; i < to && state !== invalid; i++) {
      const octet = bytes[i]!;
      if (octet < 0x80 && state === start) continue;
      state = state === start ? afterLead(octet) : afterTail(state, octet);
    }
    this.#state = state;
    return state !== invalid;
  }

  /** Takes octets that are known to be ASCII: they are valid between characters and nowhere else. */
  pushAscii(): boolean {
    if (this.#state !== start) this.#state = invalid;
    return this.#state === start;
  }

  /** Ends the text: true when it was valid and no character is left open. Ready for the next text. */
  end(): boolean {
    const complete = this.#state === start;
    this.#state = start;
    return complete;
  }
}

/** Whether `bytes` is valid UTF-8 as a whole. */
export function isUtf8(bytes: Uint8Array): boolean {
  const check = new Utf8Check();
  return check.push(bytes) && check.end();
}

function afterLead(octet: number): number {
  if (octet < 0xc2) return invalid; // a tail, or C0 and C1, which only overlong forms use
  if (octet < 0xe0) return tail1;
  if (octet === 0xe0) return afterE0; // A0..BF next, or the form is overlong
  if (octet === 0xed) return afterED; // 80..9F next, or it is a surrogate
  if (octet < 0xf0) return tail2;
  if (octet === 0xf0) return afterF0; // 90..BF next, or the form is overlong
  if (octet < 0xf4) return tail3;
  return octet === 0xf4 ? afterF4 : invalid; // 80..8F next, or it is beyond U+10FFFF
}

function afterTail(state: number, octet: number): number {
  if (octet < 0x80 || octet > 0xbf) return invalid;
  switch (state) {
    case tail1:
      return start;
    case tail2:
      return tail1;
    case tail3:
      return tail2;
    case afterE0:
      return octet >= 0xa0 ? tail1 : invalid;
    case afterED:
      return octet < 0xa0 ? tail1 : invalid;
    case afterF0:
      return octet >= 0x90 ? tail2 : invalid;
    default: // afterF4
      return octet < 0x90 ? tail2 : invalid;
  }
}
