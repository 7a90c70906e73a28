/**
 * ERROR, ABORT and UNSUBSCRIBED as HubError: the table of errors in the protocol's page, read backwards. The hub's own errors
 * carry their code beside the URI; what comes from plain WAMP peers is told by the URI alone.
 */
import { HubError } from '../contract/errors.ts';
import { codesOfWords } from '../wamp/error-words.ts';
import { isString, type Payload } from './wamp-lists.ts';

/** Never throws, whatever the peer sent. */
export function toHubError(uri: string, { args = [], kwargs = {} }: Payload): HubError {
  const { code, temporary, data } = kwargs;
  const [message] = args;
  return new HubError(isCode(code) ? code : codeOf(uri), isString(message) ? message : undefined, {
    ...(typeof temporary === 'boolean' && { temporary }),
    data,
  });
}

function codeOf(uri: string): string {
  const word = /^(?:wamp|tidewire)\.error\.(\w{1,100})$/.exec(uri)?.[1];
  const code = word === undefined ? uri : (codesOfWords[word] ?? word.replaceAll('_', '-'));
  return isCode(code) ? code : 'internal';
}

function isCode(value: unknown): value is string {
  return isString(value) && /^[a-z0-9_.-]{1,100}$/.test(value);
}
