import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Position, Publication } from '../../src/contract/publication.ts';
import { type LogRead, publicationOf, type Soon } from '../../src/engine/engine.ts';
import { CatchUp } from '../../src/hub/catch-up.ts';
import type { LiveTopic, Start } from '../../src/hub/live-topic.ts';
import { draft } from '../suites/engine-fixture.ts';

const log: Publication[] = [];
for (let offset = 1; offset <= 5; offset++) log.push(publicationOf(draft(offset, { id: offset }), 'a', 'e', offset));
const at = (offset: number, epoch = 'e', id = offset): Position => ({ epoch, offset, id });

/** A topic that was told of so much, over a log that holds so much, and learns of it when it repairs. */
function topicAt(
  top: Position,
  read: (position: Position) => Soon<LogRead>,
  learns = top,
): LiveTopic & { top: Position } {
  const topic = {
    top,
    isAt: ({ epoch, offset, id }: Position): boolean =>
      epoch === topic.top.epoch && offset === topic.top.offset && id === topic.top.id,
    readAfter: read,
    repair: async () => {
      topic.top = learns;
    },
  };
  return topic as unknown as LiveTopic & { top: Position };
}

const readOf =
  (end: number) =>
  ({ offset }: Position): LogRead => ({ held: true, top: at(end), publications: log.slice(offset, end) });
const from = (offset: number): Start => ({
  recovered: true,
  top: at(5),
  publications: [],
  through: at(offset),
  replay: 0,
});
const all = (): boolean => true;

describe('catching up', () => {
  it('goes from page to page to the end', () => {
    const catchUp = new CatchUp(
      topicAt(at(4), ({ offset }) => ({ held: true, top: at(4), publications: log.slice(offset, offset + 2) })),
      from(0),
      all,
    );
    const taken: unknown[] = [];
    while (catchUp.read() === 'more') while (catchUp.hasNext) taken.push(catchUp.take()?.data);
    assert.deepEqual(taken, [1, 2, 3, 4]);
    assert.deepEqual(catchUp.cursor, log[3]);
  });

  it('leaves out what one may not get, and goes on behind it', () => {
    const catchUp = new CatchUp(topicAt(at(4), readOf(4)), from(0), ({ data }) => data === 2);
    assert.equal(catchUp.read(), 'more');
    assert.deepEqual([catchUp.take()?.data, catchUp.hasNext, catchUp.read()], [2, false, 'end']);
  });

  it('is at the end only where the topic stands: by epoch, offset and id', async () => {
    assert.equal(new CatchUp(topicAt(at(4), readOf(4)), from(4), all).read(), 'end');
    for (const top of [at(3), at(4, 'other'), at(4, 'e', 44)]) {
      assert.equal(await new CatchUp(topicAt(top, readOf(4)), from(4), all).read(), 'lost');
    }
  });

  it('waits for a topic that was not told yet, and then looks again', async () => {
    const topic = topicAt(at(2), readOf(4), at(4));
    const catchUp = new CatchUp(topic, from(4), all);
    assert.equal(await catchUp.read(), 'more');
    assert.equal(catchUp.read(), 'end');
  });

  // It was told by a promise that this is the end; when that was heard, the topic had gone on, and one publication was lost.
  it('does not take an end for one that has passed meanwhile', async () => {
    const topic = topicAt(at(2), readOf(4), at(4));
    const catchUp = new CatchUp(topic, from(4), all);
    const reading = await catchUp.read();
    topic.top = at(5);
    topic.readAfter = readOf(5);
    assert.deepEqual([reading, catchUp.read(), catchUp.take()?.data, catchUp.read()], ['more', 'more', 5, 'end']);
  });

  it('is lost when the log does not hold where it is', async () => {
    const lost = { held: false, top: at(9), publications: [] };
    assert.equal(
      new CatchUp(
        topicAt(at(9), () => lost),
        from(4),
        all,
      ).read(),
      'lost',
    );
    assert.equal(
      await new CatchUp(
        topicAt(at(9), async () => lost),
        from(4),
        all,
      ).read(),
      'lost',
    );
  });
});
