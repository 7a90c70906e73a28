/**
 * ERROR, ABORT and UNSUBSCRIBED to HubError, and back: the table of errors in the protocol's page. The hub's own errors carry their code beside
 * the URI; what comes from plain WAMP peers is told by the URI alone.
 */
import { HubError } from '../hub/errors.ts';
import type { Payload } from './wamp-lists.ts';

/** Codes whose URI is another word. */
const otherWords: Readonly<Record<string, string>> = {
  denied: 'not_authorized',
  invalid: 'invalid_argument',
  'too-large': 'payload_size_exceeded',
  'procedure-exists': 'procedure_already_exists',
};
/** Codes whose URI is the same word. */
const sameWords = ['no-such-procedure', 'no-such-subscription', 'no-such-registration', 'timeout', 'canceled'];

export function errorUri(code: string): string {
  const word = Object.hasOwn(otherWords, code) ? otherWords[code] : undefined;
  const snake = code.replaceAll('-', '_');
  return word === undefined && !sameWords.includes(code) ? `tidewire.error.${snake}` : `wamp.error.${word ?? snake}`;
}

/** Never throws, whatever the peer sent. */
export function toHubError(uri: string, { args = [], kwargs = {} }: Payload): HubError {
  const { code, temporary, data } = kwargs;
  const [message] = args;
  const known = isCode(code) ? code : codeOf(uri);
  return new HubError(known, typeof message === 'string' ? message : undefined, {
    ...(typeof temporary === 'boolean' ? { temporary } : undefined),
    ...(data === undefined ? undefined : { data }),
  });
}

function codeOf(uri: string): string {
  const word = /^(?:wamp|tidewire)\.error\.([a-z0-9_]{1,100})$/.exec(uri)?.[1];
  if (word === undefined) return isCode(uri) ? uri : 'internal';
  return Object.keys(otherWords).find((code) => otherWords[code] === word) ?? word.replaceAll('_', '-');
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9_.-]{1,100}$/.test(value);
}
