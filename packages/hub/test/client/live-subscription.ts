/** A client that is subscribed, as tests of subscriptions begin with, and what it was told in short. */
import type { TopicItem } from '../../src/client/subscription.ts';
import type { HubError } from '../../src/contract/errors.ts';
import { at, collect, type Line, type Scene, scene, settled } from './fake-hub.ts';

/** Items in short: `joined true 2`, `1 replayed`, `2`, `caught-up 1`, `gap 3`. */
export function told(items: readonly (TopicItem | Error)[]): string[] {
  return items.map((item) => {
    if (item instanceof Error) return `error ${(item as HubError).code}`;
    if (item.type === 'joined') return `joined ${item.recovered} ${item.missed}`;
    if (item.type === 'caught-up') return `caught-up ${item.replayed}`;
    if (item.type === 'gap') return `gap ${item.missed} ${item.reason}`;
    return `${item.data.text}${item.replayed ? ' replayed' : ''}`;
  });
}

export interface Subscribed extends Scene {
  readonly line: Line;
  readonly items: (TopicItem | Error)[];
}

/** A client that is live at an offset. */
export async function live(offset = 0, policy = 'wait'): Promise<Subscribed> {
  const test = scene();
  const line = await test.join();
  const items = collect(test.hub.topic('news').subscribe({ last: 3 }));
  const { request } = line.takeCall('tidewire.topic.join');
  line.joined(request, at(offset), { slow_reader: policy });
  line.caughtUp(request, at(offset));
  await settled();
  items.length = 0;
  return { ...test, line, items };
}

/** Takes the next join, and answers it with what was missed. */
export function recover(
  line: Line,
  recovered: boolean | 'fresh',
  offsets: readonly number[],
  top: number,
  more = {},
): unknown {
  const { request, kwargs } = line.takeCall('tidewire.topic.join');
  line.joined(request, at(top), { recovered, replay: offsets.length, ...more });
  for (const offset of offsets) line.event(at(offset));
  line.caughtUp(request, at(top));
  return kwargs!['position'];
}
