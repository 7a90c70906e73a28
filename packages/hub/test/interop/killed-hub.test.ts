/**
 * A hub over sqlite, killed again and again while clients write and read through a line that is cut: nothing that was
 * acknowledged is lost, nobody is told anything twice or in another order, and when the log is put back to an older copy,
 * everybody is told that.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connectHub, type HubClient, type Presence, type Topic } from '../../src/client/index.ts';
import type { Publication } from '../../src/index.ts';
import { HubProcess } from '../support/hub-process.ts';
import { seeded, seedOfRun } from '../support/seeded.ts';
import { readAll, withStore } from '../support/stored-log.ts';
import { TcpLine } from '../support/tcp-line.ts';
import { Account } from './killed-hub/account.ts';
import { contract, type Figures, type Room, rooms } from './killed-hub/contract.ts';
import { PageClient } from './killed-hub/page-client.ts';
import { type Publish, Writer } from './killed-hub/writer.ts';

const rounds = 9;
const patience = 20_000;
const script = new URL('./killed-hub/hub.ts', import.meta.url);
type Logs = Record<Room, readonly Publication[]>;
type Client = HubClient<typeof contract>;

/** Everything that one story is about. */
class Story {
  readonly random: () => number;
  readonly file: string;
  readonly accounts: Account[] = [];
  readonly writers: Writer[] = [];
  readonly errors: unknown[] = [];
  readonly #context: TestContext;
  readonly #line = new TcpLine(() => this.#port);
  readonly #folder: string;
  readonly #clients = new Map<string, Client>();
  #page: PageClient | undefined;
  #hub!: HubProcess;
  #port = 0;
  /** Who is in room a, as a client was told last. */
  #presence: Presence | undefined;
  /** Nothing is cut. */
  #calm = true;
  #over = false;
  #marks = 0;

  constructor(context: TestContext, seed: number) {
    this.#context = context;
    this.random = seeded(seed);
    this.#folder = mkdtempSync(join(tmpdir(), 'tidewire-killed-'));
    this.file = join(this.#folder, 'hub.db');
    context.after(() => this.#end());
  }

  async begin(): Promise<void> {
    await this.start();
    const [through, straight] = [await this.#line.open(), this.#port];
    const name = (port: number) => `ws://127.0.0.1:${port}/realtime`;
    for (const user of ['ann', 'bob']) this.#join(user, name(through));
    this.#watch(this.#join('cyd', name(straight)).topic('room.{room}', { room: 'a' }));
    const account = new Account('the page’s client', 'room.a');
    this.accounts.push(account);
    const page = new PageClient(name(through), account);
    this.#page = page;
    this.#write('eve', async (room, text) => {
      while (!page.isJoined && !this.#over) await delay(5);
      const position = await page.publish(`room.${room}`, { text }, text);
      return position && { position, duplicate: false };
    });
    await this.settled();
    for (const writer of this.writers) writer.start();
    void this.#cutNowAndThen();
  }

  /** @param before so many are published before anybody can come back */
  async start(before = 0): Promise<void> {
    this.#hub = await HubProcess.start(script, this.file, this.#port, before);
    this.#port = this.#hub.port;
  }

  kill(): Promise<void> {
    return this.#hub.kill();
  }

  /** Goes on for so many ms, with cuts. */
  async goOn(most: number): Promise<void> {
    this.#calm = false;
    await delay(this.random() * most);
    this.#calm = true;
  }

  /** Everybody is back, is seen to be there, and is told what is published. */
  async settled(): Promise<void> {
    const client = this.#clients.get('cyd')!;
    await this.#until('everybody is there, as often as they should be', async () => {
      const figures = await client.call('figures', null, { timeout: 1_000 }).catch(() => undefined);
      return figures !== undefined && this.#isRight(figures);
    });
    for (const room of rooms) {
      const text = `mark ${++this.#marks}`;
      const { position } = await client.topic('room.{room}', { room }).publish({ text });
      const concerned = this.accounts.filter(({ topic }) => topic === `room.${room}`);
      await this.#until(`${text} has arrived`, () => concerned.every((account) => account.hasHeard(position)));
    }
  }

  /** Four sessions, all of them in room a, the page's client there alone; and the client that watches was told so. */
  #isRight({ sessions, rooms: { a, b } }: Figures): boolean {
    const { count, members = [] } = this.#presence ?? {};
    const told = members.toSorted((one, other) => one.session - other.session);
    const users = told.map(({ user = 'nobody' }) => user).sort();
    const isTold = count === 4 && users.join() === 'ann,bob,cyd,nobody';
    const isSame = told.map(({ session }) => session).join() === a.join() && a.join() === sessions.join();
    return isTold && isSame && b.length === 3;
  }

  async stopWriting(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.stop()));
  }

  /** While no hub has the file. */
  async logs(): Promise<Logs> {
    return await withStore(this.file, async (engine) => {
      return { a: await readAll(engine, 'room.a'), b: await readAll(engine, 'room.b') };
    });
  }

  /** Copies the store as it is, while no hub has it. */
  copy(): void {
    for (const part of ['', '-wal']) {
      if (existsSync(this.file + part)) copyFileSync(this.file + part, this.#copied(part));
    }
  }

  putBack(): void {
    for (const account of this.accounts) account.putBack();
    for (const part of ['', '-wal', '-shm']) {
      rmSync(this.file + part, { force: true });
      if (existsSync(this.#copied(part))) copyFileSync(this.#copied(part), this.file + part);
    }
  }

  #copied(part: string): string {
    return join(this.#folder, `copy.db${part}`);
  }

  #join(user: string, url: string): Client {
    const client = connectHub(contract, url, {
      token: user,
      reconnect: { initial: 20, max: 100 },
      onError: (error) => this.errors.push(error),
    });
    this.#clients.set(user, client);
    for (const room of rooms) this.#follow(user, client.topic('room.{room}', { room }));
    this.#write(user, async (room, text) => {
      // Some are given up, soon or late: nobody knows then whether they happened.
      const signal = this.random() < 0.05 ? AbortSignal.timeout(Math.ceil(this.random() * 50)) : undefined;
      const topic = client.topic('room.{room}', { room });
      return await topic.publish({ text }, { signal }).catch((error) => {
        if (error !== signal?.reason) throw error;
        return undefined;
      });
    });
    return client;
  }

  #write(name: string, publish: Publish): void {
    this.writers.push(new Writer(name, this.random, publish));
  }

  async #follow(user: string, topic: Topic): Promise<void> {
    const account = new Account(user, topic.name);
    this.accounts.push(account);
    for await (const item of topic.subscribe()) {
      if (item.type === 'publication') account.heard(item.position, item.data.text);
      else if (item.type === 'joined') account.joined(item.recovered);
      else if (item.type === 'gap') account.fault(`a gap of ${item.missed}, ${item.reason}`);
    }
  }

  async #watch(topic: Topic): Promise<void> {
    for await (const presence of topic.presence()) this.#presence = presence;
  }

  async #cutNowAndThen(): Promise<void> {
    while (!this.#over) {
      await delay(20 + this.random() * 200);
      if (!this.#calm) this.#line.cut();
    }
  }

  async #until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + patience;
    while (!(await is())) {
      assert.ok(performance.now() < end, `in vain: ${what}`);
      this.#context.signal.throwIfAborted();
      await delay(10);
    }
  }

  async #end(): Promise<void> {
    this.#over = true;
    for (const writer of this.writers) void writer.stop();
    for (const client of this.#clients.values()) void client.close();
    await this.#page?.close();
    this.#line.close();
    await this.#hub.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Every acknowledged publication is where it was said to be; nothing is there twice. */
function checkLog({ writers }: Story, logs: Logs): void {
  const texts = rooms.flatMap((room) => logs[room].map(({ data }) => (data as { text: string }).text));
  assert.equal(new Set(texts).size, texts.length, 'a publication is in the log twice');
  for (const { name, acknowledged, refused } of writers) {
    assert.deepEqual(refused, [], name);
    const newest = { a: 0, b: 0 };
    for (const { room, text, position } of acknowledged.toSorted((a, b) => a.position.offset - b.position.offset)) {
      const { offset, id, data } = logs[room][position.offset - 1]!;
      assert.deepEqual([offset, id, data], [position.offset, position.id, { text }]);
      // Those of the page's client are under way together, and may be lost each on its own.
      if (name === 'eve') continue;
      const number = Number(text.split(' ')[1]);
      assert.ok(number > newest[room], `${text} came after ${newest[room]}`);
      newest[room] = number;
    }
  }
}

/** What every subscriber was told, held against the logs. */
function checkAccounts({ accounts }: Story, logs: Logs, check: 'checkWhole' | 'checkPutBack'): void {
  for (const account of accounts) account[check](logs[account.topic === 'room.a' ? 'a' : 'b']);
}

function tell(t: TestContext, { writers, accounts }: Story, { a, b }: Logs): void {
  for (const { name, acknowledged, unknown } of writers) {
    const repeated = acknowledged.filter(({ duplicate }) => duplicate).length;
    t.diagnostic(
      `${name}: ${acknowledged.length} acknowledged, ${repeated} of them at a repetition; ${unknown.length} unknown`,
    );
  }
  const joins = accounts.map(({ timesJoined }) => timesJoined);
  t.diagnostic(`logs of ${a.length} and ${b.length} publications; times joined: ${joins.join(', ')}`);
}

/** Starts it with the older copy. */
async function putBack(story: Story, before: number): Promise<void> {
  story.putBack();
  await story.start(before);
  await story.settled();
  await story.kill();
  checkAccounts(story, await story.logs(), 'checkPutBack');
}

describe('a hub over sqlite that is killed', { timeout: 180_000 }, () => {
  it(`loses, doubles and reorders nothing, ${rounds} times, and is found out when its log is put back`, async (t) => {
    const seed = seedOfRun();
    t.diagnostic(`TIDEWIRE_SEED=${seed}`);
    const story = new Story(t, seed);
    await story.begin();
    for (let round = 1; round <= rounds; round++) {
      await story.goOn(400);
      await story.kill();
      if (round === 4) story.copy();
      await delay(story.random() * 100);
      await story.start();
      // Now and then it is killed again while they are on their way back.
      if (round === rounds || story.random() < 0.7) await story.settled();
    }
    await story.stopWriting();
    await story.settled();
    await story.kill();
    const logs = await story.logs();
    tell(t, story, logs);
    checkLog(story, logs);
    checkAccounts(story, logs, 'checkWhole');
    await putBack(story, 0);
    // Again, and it grows beyond what they have before anybody can look: then nothing but the ids can tell.
    await putBack(story, 100);
    assert.deepEqual(story.errors, []);
  });
});
