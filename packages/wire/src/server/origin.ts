/**
 * Who may connect from a browser, RFC 6455 §10.2. A browser lets any page open a WebSocket to any server, and sends the
 * user's cookies with it; only the server can refuse. So the default is `'same-origin'`: pages of this very host. Clients
 * that are not browsers send no Origin, and could send any; they are not what this protects from.
 */
import type { UpgradeRequest } from './upgrade-request.ts';

/**
 * `'same-origin'`; `'any'`; a list of origins, in which `https://*.example.com` stands for every subdomain; or a function,
 * asked for every request that has an Origin.
 */
export type OriginPolicy =
  | 'same-origin'
  | 'any'
  | readonly string[]
  | ((origin: string, request: UpgradeRequest) => boolean | Promise<boolean>);

/** A policy made ready: whether this origin may connect. `undefined` is a request without an Origin. */
export type OriginCheck = (origin: string | undefined, request: UpgradeRequest) => boolean | Promise<boolean>;

/** @throws TypeError on what is no policy, and on a list with something that is not an origin. */
export function originCheck(policy: OriginPolicy = 'same-origin'): OriginCheck {
  if (policy === 'any') return () => true;
  if (policy === 'same-origin') return (origin, request) => origin === undefined || isSameOrigin(origin, request);
  if (typeof policy === 'function') return (origin, request) => origin === undefined || policy(origin, request);
  if (!Array.isArray(policy)) {
    throw new TypeError(`origin is 'same-origin', 'any', a list or a function, not ${JSON.stringify(policy)}`);
  }
  const allowed = policy.map(parseAllowed);
  return (origin) => origin === undefined || allowed.some((allows) => allows(origin));
}

function isSameOrigin(origin: string, request: UpgradeRequest): boolean {
  const from = parseOrigin(origin);
  const { host } = request.raw.headers;
  if (from === undefined || host === undefined) return false;
  // Over TLS, a page that came without it may have been put there by anyone. Without TLS a proxy may have ended it before us.
  if (request.secure && from.protocol !== 'https:') return false;
  // Read with the page's scheme, the Host field loses the port where it is the scheme's own, as the origin has.
  const here = parseOrigin(`${from.protocol}//${host}`);
  return here !== undefined && here.host === from.host;
}

function parseAllowed(allowed: string): (origin: string) => boolean {
  // Pages of applications and extensions have origins of schemes of their own, which have no other spelling.
  if (/^(?!https?:|wss?:)[a-z][a-z\d+.-]*:\/\/[a-z\d.:-]+$/.test(allowed)) return (origin) => origin === allowed;
  const wildcard = /^(https?):\/\/\*\.([^/*]+)$/.exec(allowed);
  if (wildcard === null) {
    // A star anywhere else is a letter of a host like any other: it would match nothing, and nobody would be told.
    const exact = allowed.includes('*') ? undefined : parseOrigin(allowed)?.origin;
    if (exact === undefined) {
      const examples = '"https://example.com" or "https://*.example.com"';
      throw new TypeError(`${JSON.stringify(allowed)} is not an origin such as ${examples}`);
    }
    return (origin) => parseOrigin(origin)?.origin === exact;
  }
  const parent = parseOrigin(`${wildcard[1]}://${wildcard[2]}`);
  if (parent === undefined)
    throw new TypeError(`${JSON.stringify(allowed)} is not a pattern such as "https://*.example.com"`);
  return (origin) => {
    const from = parseOrigin(origin);
    if (from === undefined || from.protocol !== parent.protocol || from.port !== parent.port) return false;
    // The dot is the boundary of a label: "any-example.com" is somebody else's (CVE-2022-42975).
    return from.hostname.endsWith(`.${parent.hostname}`);
  };
}

/** An origin as RFC 6454 §6.1 serializes it, and nothing beside it; `null`, the opaque origin, is none. */
function parseOrigin(origin: string): URL | undefined {
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return bare && !/[/?#@\\]$/.test(origin) ? url : undefined;
}
