/**
 * The load generator for machines without a C compiler: the same plan, commands, checks and answers as generator.c.
 *
 * It costs more than some of the servers it drives, so throughput is then its own; the server's CPU per message still is the
 * server's, though a server that waits for its clients gathers less in each turn.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type Plan, parsePlan, type Script } from '../plan.ts';

const patience = 10_000;
const silence = 50;
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

class Client {
  readonly #socket: Socket;
  readonly #script: Script;
  readonly #plan: Plan;
  readonly #frameSize: number;
  readonly #turnDone: (client: Client) => void;
  readonly #ready = Promise.withResolvers<void>();
  #upgraded = false;
  #greetings: number;
  #awaited = 0;
  #next = 0;
  #held: Buffer = Buffer.alloc(0);
  messages = 0;

  constructor(port: number, plan: Plan, script: Script, turnDone: (client: Client) => void) {
    this.#plan = plan;
    this.#script = script;
    this.#frameSize = script.expect.length / plan.frames;
    this.#turnDone = turnDone;
    this.#greetings = plan.helloFrames;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (bytes) =>
      this.#receive(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])),
    );
    this.#socket.on('close', () => fail('the server closed a connection'));
    this.#socket.on('error', (error) => fail(error.message));
    this.#socket.write(plan.request);
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  startTurn(speaks: boolean): void {
    this.#awaited = this.#plan.frames;
    if (speaks) this.#socket.write(this.#script.send);
  }

  #receive(bytes: Buffer): void {
    let at = this.#upgraded ? 0 : this.#shakeHands(bytes);
    while (at < bytes.length) {
      const expectedAt = this.#next * this.#frameSize;
      const end = at + this.#frameSize;
      if (
        this.#awaited > 0 &&
        end <= bytes.length &&
        bytes.compare(this.#script.expect, expectedAt, expectedAt + this.#frameSize, at, end) === 0
      ) {
        at = end;
        this.messages++;
        this.#next = (this.#next + 1) % this.#plan.frames;
        if (--this.#awaited === 0) this.#turnDone(this);
        continue;
      }
      const size = wholeFrame(bytes.subarray(at));
      if (size === 0 || at + size > bytes.length) break;
      this.#receiveOther(bytes.subarray(at, at + size));
      at += size;
    }
    this.#held = bytes.subarray(at);
  }

  /** Where the frames begin; the end of `bytes` while the head is incomplete. */
  #shakeHands(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const head = bytes.toString('latin1', 0, end);
    if (!head.startsWith('HTTP/1.1 101') || !head.includes(accept)) fail(`no upgrade: ${head}`);
    this.#upgraded = true;
    if (this.#plan.hello.length > 0) this.#socket.write(this.#plan.hello);
    if (this.#greetings === 0) this.#ready.resolve();
    return end + 4;
  }

  #receiveOther(frame: Buffer): void {
    if (this.#greetings > 0) {
      if (--this.#greetings === 0) this.#ready.resolve();
    } else if (frame[0] === 0x89) {
      const length = frame[1] as number;
      this.#socket.write(Buffer.concat([Buffer.of(0x8a, 0x80 | length, 0, 0, 0, 0), frame.subarray(2)]));
    } else if (frame.equals(Buffer.of(0x81, 1, 0x32))) {
      this.#socket.write(Buffer.of(0x81, 0x81, 0, 0, 0, 0, 0x33));
    } else {
      fail(`an unexpected frame of ${frame.length} bytes: ${frame.toString('latin1', 0, 80)}`);
    }
  }
}

/** How long the whole frame is; 0 while its header is incomplete. */
function wholeFrame(bytes: Buffer): number {
  if (bytes.length < 2) return 0;
  const length = bytes[1] as number;
  if (length < 126) return 2 + length;
  if (length !== 126) fail('a masked or a very long frame');
  return bytes.length < 4 ? 0 : 4 + bytes.readUInt16BE(2);
}

function fail(why: string): never {
  process.stderr.write(`generator: ${why}\n`);
  process.exit(1);
}

const [port, planFile] = process.argv.slice(2);
const plan = parsePlan(readFileSync(planFile as string));
let outstanding = 0;
let deadline = 0;
let finished = (): void => {};

function startAll(): void {
  outstanding = clients.length;
  clients.forEach((client, index) => client.startTurn(!plan.onlyFirst || index === 0));
}

function turnDone(client: Client): void {
  const timeLeft = performance.now() < deadline;
  if (!plan.onlyFirst && timeLeft) client.startTurn(true);
  else if (--outstanding === 0) timeLeft ? startAll() : finished();
}

async function run(ms: number): Promise<void> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const before = total();
  const done = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const timer = setTimeout(() => fail(`${outstanding} clients waited ${patience} ms in vain`), ms + patience);
  deadline = start + ms;
  startAll();
  await done;
  clearTimeout(timer);
  const nanoseconds = Math.round((performance.now() - start) * 1e6);
  const { user, system } = process.cpuUsage(cpu);
  // Nobody awaits anything now: whatever still comes is one message too many, and fails.
  await new Promise((resolve) => setTimeout(resolve, silence));
  const messages = total() - before;
  const bytes = (messages * (plan.scripts[0] as Script).expect.length) / plan.frames;
  process.stdout.write(`${JSON.stringify({ messages, bytes, nanoseconds, cpuMicroseconds: user + system })}\n`);
}

function total(): number {
  return clients.reduce((sum, client) => sum + client.messages, 0);
}

const clients: Client[] = [];
for (let index = 0; index < plan.clients; index++) {
  const script = plan.scripts[index % plan.scripts.length] as Script;
  const client = new Client(Number(port), plan, script, turnDone);
  clients.push(client);
  await client.ready;
}
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const ms = /^run (\d+)$/.exec(line)?.[1];
  if (ms === undefined) fail(`what is: ${line}`);
  await run(Number(ms));
}
process.exit();
