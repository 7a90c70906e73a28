/**
 * One pass over JSON text before `JSON.parse`, which bounds neither depth nor number: they are counted here, and what needs
 * a second look at the values is noted.
 *
 * Rule of this file: it does not check the grammar; `JSON.parse` does. Up to the first error of grammar both see the same
 * strings and brackets, and beyond it nothing is built.
 */
import { Violation } from '../violation.ts';
import { type Bounds, faults } from './serializer.ts';

/** What the values need after `JSON.parse`. */
export interface JsonScan {
  /** A string starts with U+0000 (perhaps bytes), half a surrogate pair is escaped, or a key may be `__proto__`. */
  readonly special: boolean;
  /** A number has 16 or more digits before its point, so it may be an integer beyond ±2^53. */
  readonly wide: boolean;
}

const quote = 0x22;
const comma = 0x2c;
const dot = 0x2e;
const backslash = 0x5c;

/** Counts and notes; a `Violation` when a bound is crossed. Linear in the text. */
export function scanJson(text: string, bounds: Bounds): JsonScan | Violation {
  let depth = 0;
  let items = 1;
  let digits = 0;
  let wide = false;
  let opened = false; // nothing but whitespace since a bracket opened
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) {
      if (++digits > 15) wide = true;
      opened = false;
      continue;
    }
    // The digits of a fraction don't count: many a double has 17.
    digits = code === dot ? -Infinity : 0;
    if (code === quote) {
      i = endOfString(text, i + 1);
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > bounds.maxDepth) return new Violation(faults.depth(bounds));
      opened = true;
      continue;
    } else if (code === 0x5d || code === 0x7d) {
      depth--;
      if (!opened) items++;
    } else if (code === comma) {
      items++;
    } else if (code <= 0x20) {
      continue;
    }
    opened = false;
    if (items > bounds.maxItems) return new Violation(faults.items(bounds));
  }
  return { special: isSpecial(text), wide };
}

/** The index of the quote that closes a string; the text's length when none does. */
function endOfString(text: string, from: number): number {
  for (let at = from; ; at++) {
    at = text.indexOf('"', at);
    if (at === -1) return text.length;
    let before = at - 1;
    while (before >= from && text.charCodeAt(before) === backslash) before--;
    if ((at - before) % 2 === 1) return at; // an even number of backslashes escapes none
  }
}

// Searching the whole text for these is far cheaper than looking at every string, and most texts have none.
const halfSurrogate = /\\u[dD][89a-fA-F]/;
const escapedUnderscore = /\\u005[fF]/;

function isSpecial(text: string): boolean {
  if (text.includes('__proto__')) return true;
  return (
    text.includes('\\u') && (text.includes('"\\u0000') || halfSurrogate.test(text) || escapedUnderscore.test(text))
  );
}
