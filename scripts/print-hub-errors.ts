/**
 * docs/reference/hub-errors.md, printed from the tables that the code runs on:
 * `node scripts/print-hub-errors.ts > docs/reference/hub-errors.md`. A test compares the two.
 */
import { hubErrors } from '../packages/hub/src/contract/errors.ts';
import { type EndReason, endCodes } from '../packages/hub/src/hub/peer.ts';
import { errorUriOf } from '../packages/hub/src/wamp/outcome.ts';

const refusals = Object.entries(hubErrors).map(([code, { temporary, says }]) => {
  const fault = temporary || code === 'internal' ? 'Receiver' : 'Sender';
  return `| \`${code}\` | ${says} | ${temporary ? 'yes' : ''} | \`${errorUriOf(code)}\` | ${fault} |`;
});

const ends: Readonly<Record<EndReason, readonly [when: string, comesBack: string]>> = {
  expired: ['its credentials have expired, and were not renewed', 'with a new token'],
  revoked: ['`hub.revoke` was called for its user', 'no'],
  'slow-reader': ['it read too slowly for what it subscribed to', 'yes, and recovers'],
  shutdown: ['`hub.close` was called', 'yes'],
  unavailable: ['the hub can not go on with it: an adapter failed, or too many topics matched', 'yes'],
};
const endings = Object.entries(ends).map(([reason, [when, comesBack]]) => {
  return `| \`${reason}\` | ${when} | ${endCodes[reason as EndReason]} | ${comesBack} |`;
});

export const hubErrorsPage: string = `# Errors of the hub

What the hub refuses is a \`HubError\` with a \`code\`, a \`message\` that is for people and safe to show, \`temporary\`, and \`data\`.
\`temporary\` says that the same request may succeed later. Of \`invalid\`, \`data\` are the schema's issues, at most ten:
\`{ message, path }\`. The tables are the code's own (\`packages/hub/src/contract/errors.ts\` and \`peer.ts\`); this page is printed from
them by \`scripts/print-hub-errors.ts\`.

Rules, \`accept\` and handlers throw \`new HubError(code, message)\` with a code of their own: lower-case letters, digits, \`-\`, \`_\`
and \`.\`, at most 100. Whatever else they throw goes to \`onError\`, and the peer is told \`internal\` and nothing more.

| \`error.code\` | says, unless a message is given | temporary | in WAMP | fault in SOAP |
|---|---|---|---|---|
${refusals.join('\n')}

In WAMP, an application's code is \`tidewire.error.\` and the code, with \`_\` for \`-\`. In SOAP, each code is a subcode of the
fault, in the namespace \`urn:tidewire:hub\`.

## Ends of a session

The hub closes the WebSocket with these codes. "Comes back" is what the client of \`@tidewire/hub/client\` does by itself.

| reason | when | close code | comes back |
|---|---|---|---|
${endings.join('\n')}

## The client's own

The client rejects with the codes above, and with these of its own:

| \`error.code\` | when |
|---|---|
| \`too-many\` | its outbox is full, or 1,000 calls wait |
| \`unavailable\` | the connection broke before the answer to a call: it may have happened or not |
| \`canceled\` | \`close()\` was called |
| \`unauthenticated\` | the token was refused, and so was a fresh one: the client is closed |
| \`protocol-violation\` | the other end broke the protocol: the client is closed |
`;

if (import.meta.main) process.stdout.write(hubErrorsPage);
