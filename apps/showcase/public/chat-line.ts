/**
 * What the page makes of a line of the chat. On the wire a line is text and nothing else; the page writes `name: words`,
 * and reads a line in that form as somebody speaking. Any other line, as a plain client may send, is shown as it is.
 */

export const maxNameLength = 24;

export interface ChatLine {
  /** Absent when the line does not say. */
  readonly name?: string;
  readonly words: string;
}

export function readLine(line: string): ChatLine {
  const end = line.indexOf(': ');
  if (end < 1 || end > maxNameLength) return { words: line };
  const name = line.slice(0, end);
  return name === cleanName(name) ? { name, words: line.slice(end + 2) } : { words: line };
}

export function writeLine(name: string, words: string): string {
  return `${name}: ${words}`;
}

/** A name without what would make a line ambiguous: colons, line breaks and other controls, space around it. */
export function cleanName(text: string): string {
  const plain = text.replaceAll(/[:\p{C}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll(/\s+/g, ' ');
  // A cut may leave half of a surrogate pair at the end.
  return plain
    .trim()
    .slice(0, maxNameLength)
    .replace(/\p{Cs}$/u, '')
    .trim();
}

/** A name for somebody who has not chosen one. */
export function guestName(random: () => number = Math.random): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? '';
  return `${pick(colours)} ${pick(animals)}`;
}

const colours = ['Amber', 'Coral', 'Indigo', 'Jade', 'Olive', 'Pearl', 'Russet', 'Silver', 'Teal', 'Violet'] as const;
const animals = ['Avocet', 'Curlew', 'Heron', 'Limpet', 'Otter', 'Plover', 'Puffin', 'Seal', 'Tern', 'Whelk'] as const;
