/** `latest` without `retain`: for states that are worthless a moment later, which no store should ever see. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { publish, testHub } from '../support/test-hub.ts';

describe('a latest topic that retains nothing', () => {
  it('gives newcomers nothing but what is published from now on', async () => {
    const { join } = testHub({ a: { slowReader: 'latest', retain: false } });
    const [reader, writer] = [join(), join()];
    await publish(writer, 'a', 1, 2);
    const subscription = await reader.session.subscribe('a', { replay: 'recover' });
    assert.deepEqual([subscription.recovered, subscription.replay], ['fresh', 0]);
    await publish(writer, 'a', 3);
    assert.deepEqual(reader.peer.data, [3]);
  });

  it('keeps the newest one back for a reader that is slow', async () => {
    const { join } = testHub({ a: { slowReader: 'latest', retain: false } }, { window: { messages: 2, latest: 2 } });
    const [reader, writer] = [join(), join()];
    await reader.session.subscribe('a');
    await publish(writer, 'a', 1, 2, 3, 4, 5);
    assert.deepEqual(reader.peer.data, [1, 2]);
    reader.session.acknowledge(2);
    assert.deepEqual(reader.peer.data, [1, 2, 5]);
  });
});
