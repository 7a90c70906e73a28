/**
 * What a client knows of the page that it runs in: whether anybody sees it, and whether the machine has a network.
 *
 * Timers of hidden pages are throttled, to one a minute and less, and a page may be frozen altogether; so time that passed
 * unseen says nothing about the peer.
 */

export interface Page {
  readonly visible: boolean;
  /** False is certain as far as other machines go; true only means that there is some network. */
  readonly online: boolean;
  /** Calls `change` when either value has changed. Returns what ends it. */
  watch(change: () => void): () => void;
}

/** Where there is no page, as in Node: always in use, always online. */
export const noPage: Page = { visible: true, online: true, watch: () => () => {} };

interface Host extends Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>> {
  readonly document?: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;
  readonly navigator?: { readonly onLine?: boolean };
}

/** The page, or the worker, that this runs in. */
export function browserPage(host: Host = globalThis as Host): Page {
  const { document, navigator } = host;
  return {
    get visible() {
      return document === undefined || document.visibilityState !== 'hidden';
    },
    get online() {
      return navigator?.onLine !== false;
    },
    watch(change) {
      // `pageshow` tells of a page that comes back from the back/forward cache.
      const events = ['online', 'offline', 'pageshow'];
      for (const event of events) host.addEventListener?.(event, change);
      document?.addEventListener('visibilitychange', change);
      return () => {
        for (const event of events) host.removeEventListener?.(event, change);
        document?.removeEventListener('visibilitychange', change);
      };
    },
  };
}
