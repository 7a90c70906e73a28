/**
 * Who this window is. A name is kept by a token of the server (names.ts): those that were chosen for every window of the
 * browser, a guest's for one window. Which of them a window acts under is the window's own business, so that two windows
 * can be two people.
 */
import { guestName } from './person-name.ts';
import { browserStore, readJson, type Store, windowStore } from './stored.ts';

/** Somebody, as the server knows them. */
export interface User {
  readonly id: string;
  readonly name: string;
}

interface Grant {
  readonly user: User;
  readonly token: string;
  /** Moments of this browser's clock, ms since 1970: from when on a new token is asked for, and when this one ends. */
  readonly renewAt: number;
  readonly expires: number;
}

export interface IdentityOptions {
  /** Kept for all windows. */
  readonly browser?: Store;
  /** Kept for this one. */
  readonly window?: Store;
  /** ms since 1970. @default Date.now */
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
  readonly random?: () => number;
}

/** The server did not give a name: it says why, or could not be reached. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
  /** HTTP's; 0 when there was no answer. */
  readonly status: number;

  constructor(says: string, status: number, options?: ErrorOptions) {
    super(says, options);
    this.status = status;
  }
}

const maxKept = 8;

export class Identity {
  readonly #options: Required<IdentityOptions>;
  readonly #watchers: Set<(user: User) => void> = new Set();
  #asking: Promise<Grant> | undefined;
  #told: string | undefined;

  constructor(options: IdentityOptions = {}) {
    this.#options = {
      browser: browserStore,
      window: windowStore,
      now: Date.now,
      fetch: (...args) => fetch(...args),
      random: Math.random,
      ...options,
    };
  }

  /** Who this window is, if that is known without asking the server. */
  get user(): User | undefined {
    return this.#current()?.user;
  }

  /** The names that were chosen in this browser, the newest first. */
  get known(): readonly User[] {
    return this.#kept().map(({ user }) => user);
  }

  /** Who this window is; a guest, if nobody has chosen a name. @throws IdentityError */
  async signIn(): Promise<User> {
    return (await this.#valid()).user;
  }

  /** A token that is valid now, renewed in time; for a hub's client. @throws IdentityError when there is none to be had */
  async token(): Promise<string> {
    return (await this.#valid()).token;
  }

  /** Acts under another name, in this window and in those that are opened later. @throws IdentityError */
  async actAs(name: string): Promise<User> {
    const known = this.#kept().find(({ user }) => user.name.toLowerCase() === name.trim().toLowerCase());
    const grant = known ?? (await this.#ask('/api/name', { name }));
    this.#keep(grant);
    this.#act(grant);
    this.#options.browser.write('last', grant.user.id);
    this.#tell(grant.user);
    return grant.user;
  }

  /** Calls `watcher` whenever the window becomes somebody else, and now if it is somebody. @returns what ends it */
  watch(watcher: (user: User) => void): () => void {
    this.#watchers.add(watcher);
    if (this.user) watcher(this.user);
    return () => this.#watchers.delete(watcher);
  }

  async #valid(): Promise<Grant> {
    const current = this.#current();
    const now = this.#options.now();
    if (current && now < current.renewAt) {
      this.#tell(current.user);
      return current;
    }
    try {
      // One question at a time, however many ask for a token.
      this.#asking ??= this.#renewed(current).finally(() => (this.#asking = undefined));
      return await this.#asking;
    } catch (error) {
      if (current && now < current.expires && (error as IdentityError).status !== 422) return current;
      throw error;
    }
  }

  async #renewed(current: Grant | undefined): Promise<Grant> {
    const chosen = current !== undefined && this.#kept().some(({ user }) => user.id === current.user.id);
    const grant = current ? await this.#renewOrTake(current) : await this.#asGuest();
    if (chosen) {
      if (grant.user.id !== current.user.id) this.#forget(current.user.id);
      this.#keep(grant);
    }
    this.#act(grant);
    this.#tell(grant.user);
    return grant;
  }

  async #renewOrTake(current: Grant): Promise<Grant> {
    try {
      return await this.#ask('/api/name/renew', { token: current.token });
    } catch (error) {
      // The server has another secret, or it was too long ago: the same name, but somebody new.
      if (!(error instanceof IdentityError && error.status === 422)) throw error;
      return await this.#ask('/api/name', { name: current.user.name });
    }
  }

  async #asGuest(): Promise<Grant> {
    return await this.#ask('/api/name', { name: guestName(this.#options.random) });
  }

  async #ask(path: string, body: unknown): Promise<Grant> {
    const response = await this.#post(path, body);
    if (!response.ok) throw new IdentityError((await response.text()).trim(), response.status);
    const { token, user, lifetime } = (await response.json()) as { token: string; user: User; lifetime: number };
    const now = this.#options.now();
    return { token, user, renewAt: now + lifetime * 0.8, expires: now + lifetime };
  }

  async #post(path: string, body: unknown): Promise<Response> {
    try {
      return await this.#options.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
    } catch (cause) {
      throw new IdentityError('The server does not answer', 0, { cause });
    }
  }

  /** The window's own first; then the browser's last. */
  #current(): Grant | undefined {
    const { browser, window } = this.#options;
    const kept = this.#kept();
    const by = (id: string | undefined): Grant | undefined => kept.find(({ user }) => user.id === id);
    return by(window.read('acting')) ?? readJson(window, 'guest', isGrant) ?? by(browser.read('last'));
  }

  #kept(): readonly Grant[] {
    return readJson(this.#options.browser, 'names', isGrants) ?? [];
  }

  #keep(grant: Grant): void {
    const others = this.#kept().filter(({ user }) => user.id !== grant.user.id);
    this.#options.browser.write('names', JSON.stringify([grant, ...others].slice(0, maxKept)));
  }

  #forget(id: string): void {
    const others = this.#kept().filter(({ user }) => user.id !== id);
    this.#options.browser.write('names', JSON.stringify(others));
  }

  #act(grant: Grant): void {
    const { window } = this.#options;
    const chosen = this.#kept().some(({ user }) => user.id === grant.user.id);
    window.write(chosen ? 'acting' : 'guest', chosen ? grant.user.id : JSON.stringify(grant));
    window.remove(chosen ? 'guest' : 'acting');
  }

  #tell(user: User): void {
    const key = JSON.stringify(user);
    if (key === this.#told) return;
    this.#told = key;
    for (const watcher of this.#watchers) watcher(user);
  }
}

function isGrant(value: unknown): value is Grant {
  const { user, token, renewAt, expires } = (value ?? {}) as Partial<Grant>;
  return (
    typeof token === 'string' &&
    typeof renewAt === 'number' &&
    typeof expires === 'number' &&
    typeof user?.id === 'string' &&
    typeof user.name === 'string'
  );
}

function isGrants(value: unknown): value is Grant[] {
  return Array.isArray(value) && value.every(isGrant);
}

/** This window's. */
export const identity: Identity = new Identity();
