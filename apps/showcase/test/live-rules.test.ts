/** Who may do what in the live show: asked of the hub itself, since a page could be anything. And the counting, on paper. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { contract, type LiveContract, lineOf, reactionKinds } from '../live/contract.ts';
import { crowdWave } from '../live/crowd.ts';
import { Floats } from '../live/floats.ts';
import { Reactions } from '../live/reactions.ts';
import { live } from '../live/server.ts';
import { songAt } from '../live/stage.ts';
import { type HubUser, hubUser, take } from './support/hub-user.ts';
import { type StartedShowcase, startedShowcase } from './support/running.ts';

type Viewer = HubUser<LiveContract>;

const denied = { code: 'denied' };
const invalid = { code: 'invalid' };

describe('private lines on the hub', { timeout: 60_000 }, () => {
  it('are read and written by the two alone, and not before one has asked and the other accepted', async (t) => {
    const { ann, bob, eve } = await cast(t);
    const topic = (viewer: Viewer) =>
      viewer.client.topic('live.line.{line}', { line: lineOf(ann.user.id, bob.user.id) });
    await assert.rejects(topic(ann).publish(message(ann, 'm0', 'too early')), denied);
    const asked = await ann.client.call('live.line.ask', bob.user.id);
    assert.deepEqual([asked.state, asked.from, asked.to], ['asked', ann.user, bob.user]);
    await assert.rejects(topic(ann).publish(message(ann, 'm1', 'still too early')), denied);
    for (const viewer of [ann, eve])
      await assert.rejects(viewer.client.call('live.line.answer', { line: asked.id, accept: true }), denied);
    assert.equal((await bob.client.call('live.line.answer', { line: asked.id, accept: true })).state, 'open');
    await topic(ann).publish(message(eve, 'm2', 'I am not Eve'));
    assert.deepEqual(await take(topic(bob), 1, 10), [message(ann, 'm2', 'I am not Eve')]);
    await assert.rejects(take(topic(eve), 1), denied);
    await assert.rejects(topic(eve).history({ last: 5 }), denied);
    await assert.rejects(topic(eve).publish(message(eve, 'm3', 'in')), denied);
    await assert.rejects(eve.client.call('live.line.end', asked.id), denied);
    await assert.rejects(take(eve.client.topic('live.inbox.{viewer}', { viewer: ann.user.id }), 1), denied);
    for (const secret of ['live.lines', 'live.votes'] as const)
      await assert.rejects(take(eve.client.topic(secret), 1), denied);
    assert.equal((await ann.client.call('live.line.end', asked.id)).state, 'ended');
    await assert.rejects(topic(bob).publish(message(bob, 'm4', 'too late')), denied);
  });

  it('are told to both, and are still there when the server starts again', async (t) => {
    const { showcase, ann, bob } = await cast(t);
    const { id } = await ann.client.call('live.line.ask', bob.user.id);
    assert.equal((await bob.client.call('live.line.ask', ann.user.id)).state, 'open', 'both want it');
    await showcase.restart();
    for (const { client, user } of [ann, bob]) {
      await client.connected();
      const [line] = await take(client.topic('live.inbox.{viewer}', { viewer: user.id }), 1);
      assert.deepEqual([line?.id, line?.state], [id, 'open']);
    }
    await bob.client.topic('live.line.{line}', { line: id }).publish(message(bob, 'm', 'hello'));
    assert.equal((await bob.client.call('live.line.ask', ann.user.id)).state, 'open');
  });

  it('are not asked for again at once by whoever was declined, of oneself, or of nobody', async (t) => {
    const { ann, bob } = await cast(t);
    await assert.rejects(ann.client.call('live.line.ask', ann.user.id), invalid);
    await assert.rejects(ann.client.call('live.line.ask', 'nobody'), invalid);
    const { id } = await ann.client.call('live.line.ask', bob.user.id);
    await bob.client.call('live.line.answer', { line: id, accept: false });
    await assert.rejects(ann.client.call('live.line.ask', bob.user.id), denied);
    assert.equal((await bob.client.call('live.line.ask', ann.user.id)).from.id, bob.user.id);
  });
});

describe('polls on the hub', { timeout: 60_000 }, () => {
  const question = { question: 'Which?', options: ['this', 'that'] };

  it('are the host’s to start and to close', async (t) => {
    const { ann, bob } = await cast(t);
    await assert.rejects(ann.client.call('live.poll.start', question), denied);
    await ann.client.call('live.host', true);
    const poll = await ann.client.call('live.poll.start', question);
    assert.deepEqual([poll.by, poll.votes, poll.state], [ann.user, [0, 0], 'open']);
    await assert.rejects(bob.client.call('live.poll.close', null), denied);
    await assert.rejects(bob.client.call('live.host', false), denied);
    await bob.client.call('live.host', true);
    await assert.rejects(ann.client.call('live.poll.close', null), denied);
    assert.equal((await bob.client.call('live.poll.close', null)).state, 'closed');
    await assert.rejects(ann.client.call('live.vote', { poll: poll.id, option: 0 }), invalid);
  });

  it('count each user once, in how many windows they vote at once, and over a restart', async (t) => {
    const { showcase, ann, bob } = await cast(t);
    await ann.client.call('live.host', true);
    const { id } = await ann.client.call('live.poll.start', question);
    await assert.rejects(bob.client.call('live.vote', { poll: id, option: 2 }), invalid);
    const votes = await Promise.all([1, 0, 1].map((option) => bob.client.call('live.vote', { poll: id, option })));
    assert.deepEqual(votes, [{ option: 1 }, { option: 1 }, { option: 1 }]);
    assert.deepEqual(await ann.client.call('live.voted', id), {});
    await showcase.restart();
    for (const { client } of [ann, bob]) await client.connected();
    assert.deepEqual(await bob.client.call('live.vote', { poll: id, option: 0 }), { option: 1 });
    await ann.client.call('live.vote', { poll: id, option: 1 });
    const closed = await ann.client.call('live.poll.close', null);
    assert.deepEqual(closed.votes, [0, 2]);
    assert.deepEqual(await bob.client.call('live.voted', id), { option: 1 });
    const next = await ann.client.call('live.poll.start', question);
    assert.deepEqual(await bob.client.call('live.voted', next.id), {}, 'another poll, another vote');
  });
});

describe('comments and reactions on the hub', { timeout: 60_000 }, () => {
  it('carry the name of whoever is signed in, whatever the page says', async (t) => {
    const { ann, bob } = await cast(t);
    await ann.client.topic('live.comments').publish({ ...message(bob, 'c9', 'I am not Bob') });
    const [last] = (await take(bob.client.topic('live.comments'), 4, 10)).slice(-1);
    assert.deepEqual(last, message(ann, 'c9', 'I am not Bob'));
  });

  it('are counted by the server, which alone says how many there were', async (t) => {
    const { showcase, ann, bob } = await cast(t);
    const totals = bob.client.topic('live.reactions');
    await ann.client.topic('live.react').publish([2, 0, 0, 0, 1]);
    await ann.client.topic('live.react').publish([1, 0, 0, 0, 0]);
    await assert.rejects(ann.client.topic('live.react').publish([21, 0, 0, 0, 0]), invalid);
    await assert.rejects(ann.client.topic('live.reactions').publish([9, 9, 9, 9, 9]), denied);
    await assert.rejects(take(ann.client.topic('live.react'), 1), denied);
    await showcase.restart();
    await bob.client.connected();
    assert.deepEqual(await take(totals, 1), [[3, 0, 0, 0, 1]]);
  });
});

describe('the counting of reactions', () => {
  it('makes one publication of all that comes within a tenth of a second', async () => {
    const told: number[][] = [];
    const due: (() => void)[] = [];
    const reactions = new Reactions([1, 0, 0, 0, 0], {
      publish: async (totals) => told.push(totals),
      later: (run, ms) => {
        assert.equal(ms, 100);
        due.push(run);
      },
    });
    for (let i = 0; i < 5000; i++) reactions.add([1, 0, 0, 0, 1]);
    assert.equal(due.length, 1);
    due.shift()!();
    assert.deepEqual(told, [[5001, 0, 0, 0, 5000]]);
    await reactions.flush();
    assert.equal(told.length, 1, 'nothing new');
    reactions.add([0, 1, 0, 0, 0]);
    await reactions.stop();
    due.shift()!();
    reactions.add([0, 1, 0, 0, 0]);
    assert.deepEqual([told.length, due.length, told.at(-1)], [2, 0, [5001, 1, 0, 0, 5000]]);
  });

  it('has a simulated crowd with a taste', () => {
    const counts = crowdWave(400, 3000, () => 0.1);
    assert.deepEqual(counts, [0, 400, 0, 0, 0]);
    const mixed = crowdWave(1000, 0);
    assert.equal(mixed.length, reactionKinds.length);
    assert.equal(
      mixed.reduce((sum, count) => sum + count),
      1000,
    );
  });

  it('lets each reaction rise, but of thousands only as many as can be seen, and none for whoever wants less motion', () => {
    const kinds = reactionKinds.map((colour) => ({ colour, path: {} as Path2D }));
    const floats = new Floats(kinds, false);
    floats.add([2, 1, 0, 0, 0], 0);
    assert.equal(floats.size, 3);
    for (let now = 0; now < 2600; now += 100) floats.add([1000, 0, 500, 500, 0], now);
    assert.ok(floats.size > 100 && floats.size <= 200, `${floats.size}`);
    const none = new Floats(kinds, true);
    none.add([5, 5, 5, 5, 5], 0);
    assert.equal(none.size, 0);
  });

  it('stands beside the same song in every window', () => {
    assert.equal(songAt(0), songAt(39_999));
    assert.notEqual(songAt(0), songAt(40_000));
  });
});

/** Three people who have commented. */
async function cast(t: TestContext): Promise<{ showcase: StartedShowcase; ann: Viewer; bob: Viewer; eve: Viewer }> {
  const showcase = await startedShowcase(t, { applications: [live] });
  const [ann, bob, eve] = [
    await hubUser(t, showcase, contract, 'Ann'),
    await hubUser(t, showcase, contract, 'Bob'),
    await hubUser(t, showcase, contract, 'Eve'),
  ];
  for (const viewer of [ann, bob, eve])
    await viewer.client.topic('live.comments').publish(message(viewer, 'c', 'hello'));
  return { showcase, ann, bob, eve };
}

function message({ user }: Viewer, id: string, text: string) {
  return { id, text, from: user };
}
