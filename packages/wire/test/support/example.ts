/** Examples of the documents: `// → text` in them says what they print, line by line, in order. */

export function printedBy(source: string): string[] {
  return Array.from(source.matchAll(/\/\/ → (.*)$/gm), (match) => match[1] as string);
}
