/**
 * What a browser keeps for a page: for all windows (`browserStore`), or for one window and as long as it lives
 * (`windowStore`). In a browser that is told to keep nothing, the very name of a storage throws; then it is kept in memory.
 */

/** Text by key. */
export interface Store {
  read(key: string): string | undefined;
  write(key: string, value: string): void;
  remove(key: string): void;
}

const prefix = 'tidewire-';

/** The browser's own storage of a kind, or memory where there is none. */
export function storeOf(kind: 'localStorage' | 'sessionStorage'): Store {
  const memory = memoryStore();
  const attempt = <T>(act: (storage: Storage) => T, otherwise: () => T): T => {
    try {
      return act(globalThis[kind]);
    } catch {
      return otherwise();
    }
  };
  return {
    read: (key) =>
      attempt(
        (storage) => storage.getItem(prefix + key) ?? memory.read(key),
        () => memory.read(key),
      ),
    // Where it is full, it is at least kept for the page.
    write: (key, value) =>
      attempt(
        (storage) => storage.setItem(prefix + key, value),
        () => memory.write(key, value),
      ),
    remove: (key) => {
      memory.remove(key);
      attempt(
        (storage) => storage.removeItem(prefix + key),
        () => {},
      );
    },
  };
}

/** A store that ends with the page. */
export function memoryStore(): Store {
  const values = new Map<string, string>();
  return {
    read: (key) => values.get(key),
    write: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  };
}

export const browserStore: Store = storeOf('localStorage');
export const windowStore: Store = storeOf('sessionStorage');

/** What was stored as JSON, if it still has the form that `is` checks: another version of the page may have written it. */
export function readJson<T>(store: Store, key: string, is: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(store.read(key) ?? 'null');
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
