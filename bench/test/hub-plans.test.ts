/** The plans of the hub's works: who says what, who hears it, and that each rival's server does what its plan awaits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialectOf } from '../hub-dialects.ts';
import { callsPlan, fanoutPlan, subscribersPlan, textOf, topicsPlan } from '../hub-plans.ts';
import { hubWorks } from '../hub-works.ts';
import type { Expected, Plan } from '../plan-format.ts';
import { prepareGenerator } from '../preparation.ts';
import { startGenerator, startServer } from '../processes.ts';
import { type RivalName, rivals } from '../rivals.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const asText = ({ literals }: Expected): string => literals.map(text).join('…');

describe('a fan-out', () => {
  const plan = fanoutPlan('tidewire-hub', 80, { subscribers: 3, depth: 2 });
  const [listening, publishing] = plan.clients;

  test('has one who speaks, and many who listen', () => {
    assert.deepEqual([listening?.count, listening?.speaks, listening?.listens], [3, false, true]);
    assert.deepEqual([publishing?.count, publishing?.speaks, publishing?.listens], [1, true, false]);
  });

  test('awaits what is published, in its order, whatever the hub adds', () => {
    const heard = listening?.scripts[0]?.turns[0]?.expect.map(asText);
    assert.deepEqual(
      heard,
      [0, 1].map((place) => `[36,…,{"_tidewire_position":{…},["${textOf('all', place)}"]]`),
    );
  });

  test('leaves the ids of requests to the generator', () => {
    const numbered = publishing?.scripts[0]?.turns[0]?.numbered ?? [];
    assert.deepEqual(
      numbered.map(({ before, after }) => `${text(before)}7${text(after)}`),
      [0, 1].map((place) => `[16,7,{"exclude_me":false},"bench.all",["${textOf('all', place)}"]]`),
    );
  });

  test('publishes 128 bytes that are the same in JSON', () => {
    for (const topic of ['all', '99-999']) {
      for (const place of [0, 23]) {
        const said = textOf(topic, place);
        assert.equal(Buffer.byteLength(said), 128);
        assert.equal(JSON.stringify(said), `"${said}"`);
      }
    }
  });
});

describe('going round topics', () => {
  const published = ({ clients }: Plan): string[] =>
    (clients.at(-1)?.scripts[0]?.turns ?? []).flatMap(({ numbered = [] }) =>
      numbered.map(({ after }) => /"bench\.([^"]*)"/.exec(text(after))?.[1] ?? ''),
    );

  test('publishes on each of them, and each turn goes to one subscriber, who has that topic', () => {
    const plan = topicsPlan('tidewire-hub', 80, { subscribers: 5, topics: 20, depth: 2, goesRound: true });
    assert.deepEqual(new Set(published(plan)).size, 20);
    const listeners = plan.clients.slice(0, -1);
    for (let turn = 0; turn < 10; turn++) {
      const hearing = listeners.filter(({ scripts }) => (scripts[0]?.turns[turn]?.expect.length ?? 0) > 0);
      assert.equal(hearing.length, 1);
      assert.equal(hearing[0]?.opening.length, 1 + 4);
    }
  });

  test('with one topic there is one subscriber, on as many connections', () => {
    const plan = topicsPlan('tidewire-hub', 80, { subscribers: 5, topics: 1, depth: 2, goesRound: true });
    assert.equal(plan.clients.length, 6);
    assert.deepEqual(new Set(published(plan)), new Set(['0-0']));
  });
});

test('calls that are under way at the same time have answers that differ', () => {
  for (const rival of ['tidewire-hub', 'socket.io'] as const) {
    const [callers] = callsPlan(rival, 80, { connections: 2, depth: 16 }).clients;
    const answers = callers?.scripts[0]?.turns[0]?.expect.map(asText);
    assert.equal(new Set(answers).size, 16);
  }
});

test('a rival without a hub has no plan', () => {
  assert.throws(() => dialectOf('ws'), RangeError);
  assert.throws(() => callsPlan('nats', 80, { connections: 1, depth: 1 }), RangeError);
});

test('every work of the hub has a name of its own, and its bars are about works and rivals that are there', () => {
  const names = hubWorks.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { bars, contenders } of hubWorks) {
    for (const { of, to, inWork } of bars) {
      assert.ok(contenders.some(({ rival }) => rival === of));
      if (to !== undefined) assert.ok(contenders.some(({ rival }) => rival === to));
      if (inWork !== undefined) assert.ok(names.includes(inWork));
    }
  }
});

describe('a server plays its part', () => {
  const generator = prepareGenerator();

  async function playedBy(
    rival: RivalName,
    server: string | undefined,
    planFor: (port: number) => Plan,
  ): Promise<number> {
    const process = await startServer({ contender: { rival, server }, task: { does: 'test' }, nodeOptions: [] });
    try {
      const plan = planFor(process.port);
      const clients = await startGenerator(generator.command, process.port, plan);
      try {
        return plan.clients.some(({ scripts }) => scripts.length > 0) ? (await clients.run(50)).messages : 0;
      } finally {
        await clients.stop();
      }
    } finally {
      await process.stop();
    }
  }

  const contenders: readonly (readonly [RivalName, string | undefined])[] = [
    ['tidewire-hub', undefined],
    ['tidewire', 'hub-group'],
    ['socket.io', 'hub-socket.io'],
  ];
  for (const [rival, server] of contenders) {
    test(`${rivals[rival].label} delivers to all subscribers`, async () => {
      const messages = await playedBy(rival, server, (port) => fanoutPlan(rival, port, { subscribers: 5, depth: 24 }));
      assert.ok(messages > 0 && messages % 120 === 0);
    });
  }

  for (const [rival, server] of [contenders[0], contenders[2]].filter((one) => one !== undefined)) {
    test(`${rivals[rival].label} answers calls`, async () => {
      const messages = await playedBy(rival, server, (port) => callsPlan(rival, port, { connections: 3, depth: 16 }));
      assert.ok(messages > 0 && messages % 16 === 0);
    });
  }

  test('the hub delivers to the subscriber of each topic', async () => {
    for (const goesRound of [true, false]) {
      const shape = { subscribers: 4, topics: 40, depth: 5, goesRound };
      const messages = await playedBy('tidewire-hub', undefined, (port) => topicsPlan('tidewire-hub', port, shape));
      assert.ok(messages > 0 && messages % 5 === 0);
    }
  });

  test('the hub holds subscriptions, whether others have them or not', async () => {
    const shape = { connections: 3, each: 20, topics: 50 };
    assert.equal(await playedBy('tidewire-hub', undefined, (port) => subscribersPlan('tidewire-hub', port, shape)), 0);
  });
});
