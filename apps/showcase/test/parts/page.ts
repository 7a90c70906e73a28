/** Puts the shared modules where a test can call them. */
import { pageBadge } from '../../shared/connection-badge.ts';
import { button, element, fill, say, words } from '../../shared/element.ts';
import { notice } from '../../shared/notices.ts';
import { whileOnScreen } from '../../shared/on-screen.ts';
import { browserStore, windowStore } from '../../shared/stored.ts';
import { timeElement } from '../../shared/times.ts';

const parts = {
  badge: pageBadge(),
  browserStore,
  button,
  element,
  fill,
  notice,
  say,
  timeElement,
  whileOnScreen,
  windowStore,
  words,
};

/** What a test finds in the page. */
export type Parts = typeof parts;

Object.assign(globalThis, { parts });
