/** A user's talks as this browser knew them last, so that a page without a connection still shows what waits to be sent. */
import * as v from 'valibot';
import { browserStore, readJson } from '../shared/stored.ts';
import { contract, type Talk } from './contract.ts';

const maxKept = 30;

export function keptTalks(user: string): readonly Talk[] {
  return readJson(browserStore, key(user), isTalks) ?? [];
}

export function keepTalks(user: string, talks: readonly Talk[]): void {
  browserStore.write(key(user), JSON.stringify(talks.slice(-maxKept)));
}

function key(user: string): string {
  return `messaging-talks-${user}`;
}

function isTalks(value: unknown): value is Talk[] {
  return v.is(v.array(contract.topics['messaging.inbox.{owner}']), value);
}
