/**
 * `POST /api/name` `{ name }` and `POST /api/name/renew` `{ token }`: who takes or renews a name gets `{ token, user, lifetime }`.
 * Nothing is set on the browser, so a page of another site can't act for a visitor; it is refused anyway. A request without
 * an Origin does not come from a page.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import { methodIs, pathOf, refuse, sendJson } from './answers.ts';
import { NameError, type NameGrant, type Names } from './names.ts';
import { RateLimit } from './rate-limit.ts';

type Action = (body: unknown) => Promise<NameGrant>;

const maxBodyBytes = 4096;
const Taking = v.object({ name: v.pipe(v.string(), v.maxLength(200)) });
const Renewing = v.object({ token: v.pipe(v.string(), v.maxLength(2048)) });

/** Answers for the names. */
export class NamesApi {
  readonly #names: Names;
  /** A page asks once an hour; many people may share an address, and many windows a person. */
  readonly #limit: RateLimit;

  constructor(names: Names, limit: RateLimit = new RateLimit({ burst: 60, perSecond: 1 })) {
    this.#names = names;
    this.#limit = limit;
  }

  /** @returns whether the request was one for names, once it is answered */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const act = this.#actionOf(pathOf(request));
    if (act === undefined) return false;
    if (!methodIs('POST', request, response)) return true;
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) refuseUnread(response, ...refusal);
    else await answerBody(act, request, response);
    return true;
  }

  #actionOf(path: string): Action | undefined {
    if (path === '/api/name') return (body) => this.#names.issue(v.parse(Taking, body).name);
    if (path === '/api/name/renew') return (body) => this.#names.renew(v.parse(Renewing, body).token);
    return undefined;
  }

  #refusalOf(request: IncomingMessage): readonly [status: number, says: string] | undefined {
    if (!isSameOrigin(request)) return [403, 'This is for pages of this server.'];
    if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
      return [415, 'This address takes JSON.'];
    if (!this.#limit.take(request.socket.remoteAddress ?? '')) return [429, 'So many names? Wait a little.'];
    return undefined;
  }
}

async function answerBody(act: Action, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request);
    if (body === undefined) return refuseUnread(response, 413, 'That is too long for a name.');
    sendJson(response, await act(JSON.parse(body)));
  } catch (error) {
    if (error instanceof NameError) refuse(response, 422, error.message);
    else if (error instanceof SyntaxError || error instanceof v.ValiError)
      refuse(response, 400, 'This is not what this address takes.');
    // Whoever went away in the middle needs no answer.
    else if (!request.destroyed) throw error;
  }
}

/** The rest of a body that nobody reads ends with the connection. */
function refuseUnread(response: ServerResponse, status: number, says: string): void {
  response.setHeader('connection', 'close');
  if (status === 429) response.setHeader('retry-after', '5');
  refuse(response, status, says);
}

/** @returns nothing when it is longer than it may be */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Browsers name the page's origin with every POST (Fetch §3.1). */
function isSameOrigin({ headers }: IncomingMessage): boolean {
  if (headers.origin === undefined) return true;
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host?.toLowerCase();
}
