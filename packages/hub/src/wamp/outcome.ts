/**
 * Refusals of the hub as ERROR, and what callees answer as refusals of the hub.
 *
 * Rule of this file: what a callee said reaches a WAMP caller to the letter; what was not meant for the peer reaches nobody.
 */
import { HubError } from '../contract/errors.ts';
import { codesOfWords } from './error-words.ts';
import type { Payload } from './messages.ts';
import type { Dict } from './options.ts';

/** Codes of the hub that WAMP has a word for. Every other is `tidewire.error.` and the code. */
const wampWords: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(codesOfWords).map(([word, code]) => [code, word])),
  'no-such-procedure': 'no_such_procedure',
  'no-such-subscription': 'no_such_subscription',
  'no-such-registration': 'no_such_registration',
  timeout: 'timeout',
  canceled: 'canceled',
};
const codesByWord: ReadonlyMap<string, string> = new Map(
  Object.entries(wampWords).map(([code, word]) => [`wamp.error.${word}`, code]),
);

/** The parts of ERROR that say what went wrong. */
export interface ErrorParts extends Payload {
  readonly error: string;
}

/** The URI of a code. */
export function errorUriOf(code: string): string {
  if (Object.hasOwn(wampWords, code)) return `wamp.error.${wampWords[code]}`;
  return `tidewire.error.${code.replaceAll('-', '_')}`;
}

/** A refusal that has a URI of WAMP's that none of the hub's codes stands for. */
export class WampError extends HubError {
  readonly uri: string;

  constructor(uri: string, message: string) {
    super(codeOf(uri), message);
    this.uri = uri;
  }
}

/** What a callee answered instead of a result. */
export class CalleeError extends HubError {
  readonly uri: string;
  readonly args: readonly unknown[] | undefined;
  readonly kwargs: Dict | undefined;

  constructor({ error, args, kwargs }: ErrorParts) {
    const [message] = args ?? [];
    const { temporary, data } = kwargs ?? {};
    super(codeOf(error), typeof message === 'string' ? message : undefined, { temporary: temporary === true, data });
    this.uri = error;
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** ERROR's parts for whatever something was rejected with. Only a HubError is told; any other is nobody's business. */
export function errorParts(error: unknown): ErrorParts {
  if (error instanceof CalleeError) return { error: error.uri, args: error.args, kwargs: error.kwargs };
  const refusal = error instanceof HubError ? error : new HubError('internal');
  const { code, message, temporary, data } = refusal;
  const uri = refusal instanceof WampError ? refusal.uri : errorUriOf(code);
  return { error: uri, args: [message], kwargs: { code, temporary, ...(data !== undefined && { data }) } };
}

/** The code of a URI: the hub's where it has one, else the URI itself, as far as it can be a code. */
function codeOf(uri: string): string {
  const known = codesByWord.get(uri) ?? /^tidewire\.error\.([a-z0-9_]+)$/.exec(uri)?.[1]?.replaceAll('_', '-') ?? uri;
  return /^[a-z0-9_.-]{1,100}$/.test(known) ? known : 'failed';
}
