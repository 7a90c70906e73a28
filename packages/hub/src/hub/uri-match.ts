/** How a name is matched by a URI that stands for many: WAMP's `exact`, `prefix` and `wildcard`. */

export type Match = 'exact' | 'prefix' | 'wildcard';

/** Whether `uri` stands for `name`. A wildcard's empty parts stand for any one part: `com..created`. */
export function matches(match: Match, uri: string, name: string): boolean {
  if (match === 'exact') return uri === name;
  return match === 'prefix' ? name.startsWith(uri) : matchesWildcard(uri, name);
}

export function matchesWildcard(uri: string, name: string): boolean {
  const parts = uri.split('.');
  const values = name.split('.');
  return parts.length === values.length && parts.every((part, i) => part === '' || part === values[i]);
}

/**
 * Sorts wildcards, the more specific first: the one with more literal parts before its first empty one; then the one with
 * more literal parts before its second, and so on.
 */
export function moreSpecific(a: string, b: string): number {
  const left = runs(a);
  const right = runs(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (right[i] ?? 0) - (left[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}

/** How many literal parts stand in each run between empty ones. */
function runs(uri: string): number[] {
  const counts = [0];
  for (const part of uri.split('.')) {
    if (part === '') counts.push(0);
    else counts[counts.length - 1]!++;
  }
  return counts;
}
