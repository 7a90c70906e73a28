/** A page's outbox in `sessionStorage` or `localStorage`, so that what was written offline survives a reload. */
import type { OutboxStorage } from './outbox.ts';
import { pageJson } from './page-json.ts';

/**
 * Keeps an outbox under one key of a `Storage`. `sessionStorage` has one for each tab, which is what an outbox wants; in
 * `localStorage` two tabs under one key overwrite each other. Put the user into the key: what one user wrote must not go
 * out in the name of the next.
 */
export function outboxStorage(
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  key: string,
): OutboxStorage {
  return {
    load: () => pageJson.parse(storage.getItem(key) ?? '[]'),
    save: (pending) => {
      if (pending.length === 0) storage.removeItem(key);
      else storage.setItem(key, pageJson.serialize(pending) as string);
    },
  };
}
