/**
 * Tables of options, printed from the comments on the options' own fields in our formatted sources: what print-options.ts and
 * print-hub-options.ts share. A line of their lists has a file, an interface, the title of its table, and what is said
 * before it.
 */
import { readFileSync } from 'node:fs';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

/** The fields of an interface: a comment, then a line or a few. */
function fieldsOf(source: string, file: string, name: string): Field[] {
  const body = new RegExp(`^export interface ${name}\\b[^;]*?\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source)?.[1];
  if (body === undefined) throw new Error(`${file} has no interface ${name}`);
  const field =
    /(?:^ {2}\/\*\*([\s\S]*?)\*\/\n)?^ {2}(?:readonly )?(\w+)(?:\?)?(?=[:(])([\s\S]*?);\n(?=\s*(?:\/|\}|readonly|\w|$))/gm;
  return Array.from(body.matchAll(field), ([, comment = '', name = '', type = '']) => ({
    name,
    type: type
      .replace(/^: /, '')
      .replace(/\s+/g, ' ')
      .replace(/ \| undefined$/, '')
      .trim(),
    comment: comment
      .replace(/^\s*\*/gm, '')
      .replace(/\s+/g, ' ')
      .trim(),
  }));
}

/** One field as a row: handlers and hooks by their name alone, their parameters being told by the editor. */
function row({ name, type, comment }: Field): string {
  const [says = '', standard = ''] = comment.split(/\s*@default\s*/);
  const short = type.startsWith('(') || type.length > 60 ? '' : `\`${type.replaceAll('|', '\\|')}\``;
  return `| \`${name}\` | ${short} | ${says.replaceAll('|', '\\|')} | ${standard.replaceAll('|', '\\|')} |`;
}

function section(sources: URL, line: string): string {
  const [file = '', name = '', title, says] = line.split(' |').map((cell) => cell.trim());
  const source = readFileSync(new URL(file, sources), 'utf8');
  const table = `| | type | | default |\n|---|---|---|---|\n${fieldsOf(source, file, name).map(row).join('\n')}`;
  return [`## ${title}`, says, table].filter((part) => part !== '').join('\n\n');
}

/** @param folder where the files of the list are, from here */
export function optionTables(folder: string, list: string): string {
  const sources = new URL(folder, import.meta.url);
  const sections = list.trim().split('\n');
  return sections.map((line) => section(sources, line)).join('\n\n');
}
