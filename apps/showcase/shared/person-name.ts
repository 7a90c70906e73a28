/** Names of people: what is left of what somebody typed, and one for who has not chosen. Server and pages share the rule. */

/** In UTF-16 units. */
export const maxNameLength = 24;

/** A name without what would make a line ambiguous: colons, line breaks and other controls, space around it. */
export function cleanName(text: string): string {
  const plain = text.replaceAll(/[:\p{C}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll(/\s+/g, ' ');
  return cut(plain.trim(), maxNameLength).trim();
}

/** The name with a number behind it, for somebody whose name is another's already. */
export function numberedName(name: string, number: number): string {
  const suffix = ` ${number}`;
  return `${cut(name, maxNameLength - suffix.length).trim()}${suffix}`;
}

/** A cut may leave half of a surrogate pair at the end. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/\p{Cs}$/u, '');
}

/** A name for somebody who has not chosen one. */
export function guestName(random: () => number = Math.random): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? '';
  return `${pick(colours)} ${pick(animals)}`;
}

const colours = ['Amber', 'Coral', 'Indigo', 'Jade', 'Olive', 'Pearl', 'Russet', 'Silver', 'Teal', 'Violet'] as const;
const animals = ['Avocet', 'Curlew', 'Heron', 'Limpet', 'Otter', 'Plover', 'Puffin', 'Seal', 'Tern', 'Whelk'] as const;
