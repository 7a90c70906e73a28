/** Answers to plain HTTP requests that more than one part of the showcase gives, and the fields that all of them carry. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Nothing but our own files runs or loads, nobody frames a page, and no text becomes markup (Trusted Types), whatever a
 * visitor wrote. `'self'` covers ws: of the same host and port.
 */
const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Puts the security headers on an answer that has not begun. */
export function secure(response: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
}

/** The path of a request, without its query. */
export function pathOf(request: IncomingMessage): string {
  return request.url?.split('?', 1)[0] ?? '';
}

/** Whether the method is among `allowed`; otherwise the request has been answered with 405. GET allows HEAD. */
export function methodIs(allowed: 'GET' | 'POST', request: IncomingMessage, response: ServerResponse): boolean {
  const { method } = request;
  if (method === allowed || (allowed === 'GET' && method === 'HEAD')) return true;
  const allow = allowed === 'GET' ? 'GET, HEAD' : 'POST';
  response.setHeader('allow', allow);
  refuse(response, 405, `This address answers ${allow.replace(', ', ' and ')}.`);
  return false;
}

/** Answers with a sentence for whoever reads it. */
export function refuse(response: ServerResponse, status: number, says: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${says}\n`);
}

/** Answers with JSON that is not to be stored. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  // Node leaves the body of an answer to HEAD out.
  response.end(body);
}
