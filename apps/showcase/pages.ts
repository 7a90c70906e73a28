/**
 * The files of the page, read once at the start and answered from memory. Only what is in the table is ever served: no
 * path of a request reaches the file system.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { loadBrowserModules } from './browser-modules.ts';

interface Page {
  readonly body: Buffer;
  readonly etag: string;
  readonly type: string;
}

/** Answers requests for the page and its files. */
export interface Pages {
  answer(request: IncomingMessage, response: ServerResponse): void;
}

const files = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/style.css', file: 'style.css', type: 'text/css; charset=utf-8' },
  { path: '/favicon.svg', file: 'favicon.svg', type: 'image/svg+xml' },
] as const;

/** Nothing but our own files runs or loads, and nobody frames the page. `'self'` covers ws: of the same host and port. */
const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** Reads every file of the page. @throws when one is missing */
export async function createPages(): Promise<Pages> {
  const table = new Map<string, Page>();
  const folder = new URL('./public/', import.meta.url);
  for (const { path, file, type } of files) table.set(path, page(await readFile(new URL(file, folder)), type));
  for (const [path, source] of await loadBrowserModules(new URL('page.ts', folder))) {
    table.set(path, page(Buffer.from(source), 'text/javascript; charset=utf-8'));
  }
  return { answer: (request, response) => answer(table, request, response) };
}

function page(body: Buffer, type: string): Page {
  return { body, type, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

function answer(table: ReadonlyMap<string, Page>, request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  const found = table.get(request.url?.split('?', 1)[0] ?? '');
  if (found === undefined) return refuse(response, 404, 'There is nothing at this address.');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return refuse(response, 405, 'This address answers GET and HEAD.');
  }
  // The browser keeps a copy and asks each time whether it is still the one.
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('etag', found.etag);
  if (isCurrent(request.headers['if-none-match'], found.etag)) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'content-type': found.type, 'content-length': found.body.length });
  // Node leaves the body of an answer to HEAD out.
  response.end(found.body);
}

function refuse(response: ServerResponse, status: number, says: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${says}\n`);
}

/** RFC 9110 §13.1.2: If-None-Match is `*` or a list, compared weakly. */
function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag);
}
