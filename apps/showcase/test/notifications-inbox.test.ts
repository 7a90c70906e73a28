/** What is read, and what is not, of two feeds and their marks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Feed } from '../notifications/contract.ts';
import { type Entry, Inbox } from '../notifications/inbox.ts';

const entry = (feed: Feed, offset: number, from = 'ann', time = offset): Entry => ({
  feed,
  offset,
  time,
  told: { id: `${feed}${offset}`, title: 't', text: '', from: { id: from, name: from } },
});

describe('an inbox', () => {
  it('puts two feeds together, the newest first', () => {
    const inbox = new Inbox('me');
    for (const each of [entry('own', 1, 'ann', 10), entry('everyone', 1, 'ann', 30), entry('own', 2, 'ann', 20)])
      inbox.add(each);
    assert.deepEqual(
      inbox.entries.map(({ told }) => told.id),
      ['everyone1', 'own2', 'own1'],
    );
  });

  it('takes each notification once', () => {
    const inbox = new Inbox('me');
    assert.equal(inbox.add(entry('own', 1)), true);
    assert.equal(inbox.add(entry('own', 1)), false);
    assert.equal(inbox.add(entry('everyone', 1)), true, 'the same place of the other feed');
    assert.equal(inbox.entries.length, 2);
  });

  it('comes to the same whatever the order of marks and notifications', () => {
    const early = new Inbox('me');
    early.mark({ reach: 'all', feed: 'own', offset: 2 });
    early.mark({ reach: 'one', feed: 'own', offset: 4 });
    early.mark({ reach: 'all', feed: 'own', offset: 1 });
    const late = new Inbox('me');
    for (const inbox of [early, late]) for (let offset = 1; offset <= 5; offset++) inbox.add(entry('own', offset));
    assert.equal(late.unread, 5);
    late.mark({ reach: 'one', feed: 'own', offset: 4 });
    late.mark({ reach: 'all', feed: 'own', offset: 2 });
    const unread = (inbox: Inbox) => inbox.entries.filter((each) => !inbox.isRead(each)).map(({ offset }) => offset);
    assert.deepEqual(unread(early), [5, 3]);
    assert.deepEqual(unread(late), [5, 3]);
  });

  it('marks all of what is here, and nothing that is not here yet', () => {
    const inbox = new Inbox('me');
    for (const each of [entry('own', 1), entry('own', 2), entry('everyone', 7)]) inbox.add(each);
    const marks = inbox.marksForAll();
    assert.deepEqual(marks, [
      { reach: 'all', feed: 'own', offset: 2 },
      { reach: 'all', feed: 'everyone', offset: 7 },
    ]);
    for (const mark of marks) inbox.mark(mark);
    inbox.add(entry('own', 3));
    assert.equal(inbox.unread, 1);
    assert.deepEqual(inbox.marksForAll(), [{ reach: 'all', feed: 'own', offset: 3 }]);
  });

  it('does not tell people what they told everyone, but what they told themselves', () => {
    const inbox = new Inbox('me');
    inbox.add(entry('everyone', 1, 'me'));
    assert.equal(inbox.unread, 0);
    inbox.add(entry('own', 1, 'me'));
    assert.equal(inbox.unread, 1);
  });

  it('lets go of what the topics let go', () => {
    const inbox = new Inbox('me');
    for (let offset = 1; offset <= 500; offset++) inbox.add(entry('own', offset));
    assert.equal(inbox.entries.length, 200);
    assert.equal(inbox.entries.at(-1)?.offset, 301);
  });
});
