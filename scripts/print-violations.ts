/**
 * docs/reference/violations.md, printed from the table that the code runs on:
 * `node scripts/print-violations.ts > docs/reference/violations.md`. A test compares the two.
 */
import { frameViolations, requestViolations, responseViolations } from '../packages/wire/src/protocol/violations.ts';

interface Row {
  readonly section: string;
  readonly says: string;
  readonly close?: number;
  readonly status?: number;
}

/** RFC 6455 and 7692 by section, as the RFC editor serves them. */
function link(section: string): string {
  const [, rfc, number] = /^RFC (\d+) §([\d.]+)$/.exec(section) as unknown as [string, string, string];
  return `[${section}](https://www.rfc-editor.org/rfc/rfc${rfc}#section-${number})`;
}

function table(rows: Readonly<Record<string, Row>>, consequence?: 'close' | 'status'): string {
  const title = { close: ' close code |', status: ' HTTP status |', none: '' }[consequence ?? 'none'];
  const head = `| \`error.code\` | what the peer did |${title} section |\n|---|---|${consequence ? '---|' : ''}---|`;
  const lines = Object.entries(rows).map(([code, row]) => {
    const answer = consequence === undefined ? '' : ` ${row[consequence]} |`;
    return `| \`${code}\` | ${row.says} |${answer} ${link(row.section)} |`;
  });
  return [head, ...lines].join('\n');
}

export const violationsPage: string = `# Violations

Every way in which a peer can break the protocol, or a limit, in front of Tidewire. The table is the code's own
(\`packages/wire/src/protocol/violations.ts\`): what is not in it can't be raised. This page is printed from it by
\`scripts/print-violations.ts\`.

A violation never throws at the code that reads. On an open connection it is \`closed.error\`, a \`RemoteProtocolError\` with
the row's \`code\`, \`section\` and \`closeCode\`. A client's \`connect\` rejects with one.

## On an open connection

The peer gets a Close frame with this code. Nothing more is read from it, and it has two seconds to close.

${table(frameViolations, 'close')}

## In a client's opening handshake

The client gets an HTTP response with this status, and the connection is closed.

${table(requestViolations, 'status')}

## In a server's answer

The client drops the connection, and \`connect\` rejects.

${table(responseViolations)}
`;

if (import.meta.main) process.stdout.write(violationsPage);
