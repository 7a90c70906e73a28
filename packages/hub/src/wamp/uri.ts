/**
 * WAMP's URIs, Basic Profile "URIs": components separated by dots.
 *
 * The loose rule is a MUST: no whitespace, no `#`, no empty component. The strict rule is a recommendation: lower-case
 * letters, digits and `_`. Patterns (`prefix`, `wildcard`) may have empty components. Every check is linear in the length.
 */

/** How a subscription or registration matches (Advanced Profile, "Pattern-based Subscriptions"). */
export type MatchPolicy = 'exact' | 'prefix' | 'wildcard';

export interface UriRules {
  /** Under `prefix` and `wildcard` components may be empty. @default 'exact' */
  readonly match?: MatchPolicy | undefined;
  /** Lower-case letters, digits and `_` only. @default false */
  readonly strict?: boolean | undefined;
  /**
   * In UTF-16 units. WAMP sets no bound; routers keep URIs as keys, so we do.
   * @default 1024
   */
  readonly maxLength?: number | undefined;
}

const forbidden = /[\s#]/u;
const beyondStrict = /[^0-9a-z_.]/u;

/** Whether a peer's string is a URI under these rules; if not, the answer is `wamp.error.invalid_uri`. */
export function isUri(text: string, rules: UriRules = {}): boolean {
  if (text.length > (rules.maxLength ?? 1024)) return false;
  if ((rules.strict ? beyondStrict : forbidden).test(text)) return false;
  return (rules.match ?? 'exact') !== 'exact' || !hasEmptyComponent(text);
}

/** Whether the first component is `wamp`, which applications must not use in URIs of their own. */
export function isReservedUri(text: string): boolean {
  return text === 'wamp' || text.startsWith('wamp.');
}

function hasEmptyComponent(text: string): boolean {
  return text === '' || text.startsWith('.') || text.endsWith('.') || text.includes('..');
}
