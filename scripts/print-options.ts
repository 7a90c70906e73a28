/**
 * docs/reference/options.md, printed from the comments on the options' own fields:
 * `node scripts/print-options.ts > docs/reference/options.md`. A test compares the two.
 */
import { readFileSync } from 'node:fs';

/** The interfaces that users fill in: file, name, the title of its table, and what is said before it. */
const pages = `
server/serve.ts | ServeOptions | \`serve(options)\` | Beside these, all [socket options](#socket-options), as defaults for every route.
server/route.ts | Route | Routes | Beside these, the [handlers](#handlers) and the [socket options](#socket-options).
server/route.ts | Acceptance | What \`upgrade\` may return | A \`Response\` refuses. Anything else lets the client in.
socket/socket.ts | SocketHandlers | Handlers | Of a route, and of \`connect\`.
socket/socket-options.ts | SocketOptions | Socket options | For a server, a route, or a client.
protocol/limits.ts | Limits | \`limits\` | What each of them stops: [limits](../topics/limits.md).
socket/socket-options.ts | CompressionOptions | \`compression\` | \`true\`, or:
protocol/permessage-deflate.ts | DeflateOptions | \`compression\`: what is negotiated | In the same object.
socket/socket.ts | SendOptions | \`socket.send(data, options)\` |
server/group.ts | GroupSendOptions | \`group.send(data, options)\` | Beside these, those of \`socket.send\`.
server/serve.ts | CloseOptions | \`server.close(options)\` |
server/drain.ts | DrainOptions | \`server.close({ drain })\` |
client/connect.ts | OpenOptions | \`connect(url, options)\` in Node | Beside these, the [handlers](#handlers), the [socket options](#socket-options) and \`signal\`.
client/reconnect-options.ts | ReconnectingSocketOptions | \`connect\` with \`reconnect\` | In Node and in browsers.
client/reconnect-options.ts | ReconnectHandlers | Handlers with \`reconnect\` |
client/reconnect-options.ts | ReconnectOptions | \`reconnect\` | \`true\`, or:
client/backoff.ts | BackoffOptions | \`reconnect\`: the delays | In the same object.
client/watchdog.ts | WatchdogOptions | \`watchdog\` | How it works: [reconnecting](../how-to/reconnect.md).
client/native-connection.ts | NativeTarget | \`connect\` of \`tidewire/browser\` | Beside these, those of \`connect\` with \`reconnect\`; \`url\` is its first argument.
`;

interface Field {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

/** The fields of an interface in our own formatted sources: a comment, then a line or a few. */
function fieldsOf(file: string, name: string): Field[] {
  const source = readFileSync(new URL(`../packages/wire/src/${file}`, import.meta.url), 'utf8');
  const body = new RegExp(`^export interface ${name}\\b[\\s\\S]*?\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source)?.[1];
  if (body === undefined) throw new Error(`${file} has no interface ${name}`);
  const field =
    /(?:^ {2}\/\*\*([\s\S]*?)\*\/\n)?^ {2}(?:readonly )?(\w+)(?:\?)?(?=[:(])([\s\S]*?);\n(?=\s*(?:\/|\}|readonly|\w|$))/gm;
  return Array.from(body.matchAll(field), ([, comment = '', name = '', type = '']) => ({
    name,
    type: type.replace(/^: | \| undefined$/g, '').replace(/\s+/g, ' ').trim(),
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

function section(line: string): string {
  const [file = '', name = '', title, says] = line.split(' |').map((cell) => cell.trim());
  const table = `| | type | | default |\n|---|---|---|---|\n${fieldsOf(file, name).map(row).join('\n')}`;
  return [`## ${title}`, says, table].filter((part) => part !== '').join('\n\n');
}

export const optionsPage: string = `# Options

Times are in milliseconds, sizes in bytes. \`null\`, where it is allowed, lifts a limit or turns something off. Everything is
judged when it is given: a value that makes no sense throws a \`RangeError\` or a \`TypeError\` at once. This page is printed
from the comments in the sources by \`scripts/print-options.ts\`.

${pages.trim().split('\n').map(section).join('\n\n')}
`;

if (import.meta.main) process.stdout.write(optionsPage);
