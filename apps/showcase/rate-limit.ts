/** How often an address may do something: a bucket of tokens for each, refilled as time goes, for a bounded number of them. */

export interface RateLimitOptions {
  /** How many at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** Addresses that are remembered; beyond it the one that was quiet for longest is forgotten. @default 10_000 */
  readonly maxAddresses?: number;
  /** ms. @default performance.now */
  readonly now?: () => number;
}

export class RateLimit {
  readonly #options: Required<RateLimitOptions>;
  /** The one that asked last is at the end. */
  readonly #buckets: Map<string, { tokens: number; at: number }> = new Map();

  constructor(options: RateLimitOptions) {
    this.#options = { maxAddresses: 10_000, now: () => performance.now(), ...options };
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one token of an address. @returns false when it has none left */
  take(address: string): boolean {
    const { burst, perSecond, maxAddresses, now } = this.#options;
    const key = network(address);
    const at = now();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at };
    const tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1000) * perSecond);
    const may = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: may ? tokens - 1 : tokens, at });
    if (this.#buckets.size > maxAddresses) this.#buckets.delete(this.#buckets.keys().next().value!);
    return may;
  }
}

/** An IPv6 site has 2^64 addresses at least: all of one /64 are one. */
function network(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  if (tail !== undefined) {
    const after = tail.split(':').filter(Boolean);
    while (groups.length + after.length < 8) groups.push('0');
  }
  return groups.slice(0, 4).join(':');
}
