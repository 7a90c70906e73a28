/**
 * What the page makes of a line of the chat. On the wire a line is text and nothing else; the page writes `name: words`,
 * and reads a line in that form as somebody speaking. Any other line, as a plain client may send, is shown as it is.
 */
import { cleanName, maxNameLength } from '../shared/person-name.ts';

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
