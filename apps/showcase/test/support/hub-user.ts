/** Somebody on a showcase's hub without a page: the hub's client in Node, with a name that the server gave. */
import type { TestContext } from 'node:test';
import { type Contract, connectHub, type HubClient, type Topic } from '@tidewire/hub/client';
import type { NameGrant, User } from '../../names.ts';
import { atEnd } from './at-end.ts';
import type { StartedShowcase } from './running.ts';

export interface HubUser<C extends Contract> {
  readonly user: User;
  readonly client: HubClient<C>;
}

/** Connects as somebody of this name. */
export async function hubUser<C extends Contract>(
  t: TestContext,
  { url }: StartedShowcase,
  contract: C,
  name: string,
): Promise<HubUser<C>> {
  const response = await fetch(new URL('api/name', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  const { user, token } = (await response.json()) as NameGrant;
  const client = connectHub(contract, new URL('realtime', url), { token });
  atEnd(t, () => client.close());
  await client.connected();
  return { user, client };
}

/** What comes of a topic until `count` publications have come. */
export async function take<Data>(topic: Topic<any, Data>, count: number, last = 0): Promise<Data[]> {
  const taken: Data[] = [];
  for await (const item of topic.subscribe({ last })) {
    if (item.type === 'publication') taken.push(item.data);
    if (taken.length === count) break;
  }
  return taken;
}
