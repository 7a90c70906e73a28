/**
 * The hub of all applications: one contract of all their contracts, one log in sqlite, one route. What an application keeps,
 * it keeps here; who somebody is, the signed token says.
 */
import { join } from 'node:path';
import { type Admission, type Contract, createHub, type RoutedHub, sqliteEngine } from '@tidewire/hub';
import type { OnError } from 'tidewire';
import type { Application } from './application.ts';
import { NameError, type Names } from './names.ts';

export interface RealtimeOptions {
  /** The folder of the log; it exists. */
  readonly data: string;
  readonly names: Names;
  readonly onError: OnError;
}

/** Makes the hub, and waits until its log is open. @throws when it can't be; TypeError on names that are not the application's */
export async function openRealtime(
  applications: readonly Application[],
  { data, names, onError }: RealtimeOptions,
): Promise<RoutedHub<any>> {
  const hub = createHub(mergedContract(applications), {
    engine: sqliteEngine(join(data, 'hub.db')),
    anonymous: true,
    authenticate: ({ token }) => (token === undefined ? undefined : holderOf(token, names)),
    onError,
  });
  await hub.ready();
  return hub;
}

/** Who holds this token; nobody when it is not ours, or too old. */
async function holderOf(token: string, names: Names): Promise<Admission | undefined> {
  try {
    const { id, name, expires } = await names.verify(token);
    return { user: { id, name }, expires };
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}

/** All contracts as one. @throws TypeError on a topic or a call whose name does not start with its application's id */
export function mergedContract(applications: readonly Application[]): Contract {
  const topics: Record<string, Contract['topics'][string]> = {};
  const calls: Record<string, Contract['calls'][string]> = {};
  for (const { id, contract } of applications) {
    const names = [...Object.keys(contract?.topics ?? {}), ...Object.keys(contract?.calls ?? {})];
    const stray = names.find((name) => !name.startsWith(`${id}.`));
    if (stray !== undefined) throw new TypeError(`${stray} is in the contract of ${id}`);
    Object.assign(topics, contract?.topics);
    Object.assign(calls, contract?.calls);
  }
  return { topics, calls };
}
