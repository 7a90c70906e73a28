import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Publication } from '../../src/contract/publication.ts';
import { publicationOf } from '../../src/engine/engine.ts';
import { Backlog } from '../../src/hub/backlog.ts';
import type { SlowReader } from '../../src/hub/policy.ts';
import { draft } from '../suites/engine-fixture.ts';

let offset = 0;
const publication = (data: string, size = 10): Publication =>
  publicationOf(draft(data, { key: data[0]!, size }), 'a', 'e', ++offset);

const of = (policy: SlowReader, count: number, bytes = 1000): Backlog => new Backlog(policy, { count, bytes });
const all = (backlog: Backlog): unknown[] => {
  const taken: unknown[] = [];
  for (let next = backlog.shift(); next !== undefined; next = backlog.shift()) {
    taken.push(next.dropped > 0 ? [next.publication.data, next.dropped] : next.publication.data);
  }
  return taken;
};

describe('a backlog', () => {
  it('keeps everything in order up to its bounds, and says when it is too much, with wait', () => {
    const backlog = of('wait', 3);
    for (const data of ['a1', 'a2', 'b1']) assert.equal(backlog.push(publication(data)), true);
    assert.equal(backlog.length, 3);
    assert.equal(backlog.bytes, 30);
    assert.deepEqual(all(backlog), ['a1', 'a2', 'b1']);
    assert.equal(backlog.bytes, 0);
    const small = of('wait', 1);
    small.push(publication('a'));
    assert.equal(small.push(publication('b')), false);
    assert.equal(of('wait', 9, 15).push(publication('b', 16)), false);
  });

  it('keeps nothing with disconnect', () => {
    assert.equal(of('disconnect', 9).push(publication('a')), false);
  });

  it('drops the oldest and counts them, with drop-oldest', () => {
    const backlog = of('drop-oldest', 2);
    for (const data of ['1', '2', '3', '4']) assert.equal(backlog.push(publication(data)), true);
    assert.deepEqual(all(backlog), [['3', 2], '4']);
    const small = of('drop-oldest', 9, 25);
    for (const data of ['1', '2', '3', '4']) small.push(publication(data));
    assert.deepEqual(all(small), [['3', 2], '4']);
  });

  it('keeps the newest itself whatever its size', () => {
    const backlog = of('drop-oldest', 9, 25);
    for (const size of [10, 100]) assert.equal(backlog.push(publication('x', size)), true);
    assert.deepEqual(all(backlog), [['x', 1]]);
  });

  it('keeps the newest of each key at the place of its older one, with latest', () => {
    const backlog = of('latest', 9);
    for (const data of ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']) backlog.push(publication(data));
    assert.equal(backlog.bytes, 30);
    assert.deepEqual(all(backlog), ['a3', 'b2', 'c1']);
  });

  it('counts the bytes of what takes a place, not of what had it', () => {
    const backlog = of('latest', 9);
    backlog.push(publication('a1', 100));
    backlog.push(publication('a2', 7));
    assert.equal(backlog.bytes, 7);
  });
});
