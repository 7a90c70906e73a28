/**
 * A client by the protocol's page (docs/protocol/topics-over-wamp.md) and a WebSocket, without anything of the SDK: it joins
 * one topic again and again with the last position that it has, and publishes without ever repeating itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Socket } from 'tidewire';
import type { Position } from '../../../src/index.ts';
import type { Account } from './account.ts';

type Kwargs = Readonly<Record<string, any>>;
type List = readonly any[];

const roles = { publisher: {}, subscriber: {}, caller: { features: { progressive_call_results: true } } };

export class PageClient {
  readonly account: Account;
  readonly #url: string;
  readonly #calls = new Map<number, (result: Kwargs | undefined) => void>();
  readonly #running: Promise<void>;
  #socket: Socket | undefined;
  #request = 0;
  #join = 0;
  #subscription = 0;
  /** The newest position that it has. */
  #position: Position | undefined;
  #replaying = false;
  readonly #end = new AbortController();

  constructor(url: string, account: Account) {
    this.#url = url;
    this.account = account;
    this.#running = this.#run();
  }

  get isJoined(): boolean {
    return this.#subscription !== 0;
  }

  /** Resolves with the position when it was acknowledged, else with nothing: then it may have happened or not. */
  async publish(topic: string, data: unknown, key: string): Promise<Position | undefined> {
    if (!this.isJoined) return undefined;
    const result = await new Promise<Kwargs | undefined>((resolve) => {
      this.#calls.set(this.#call('tidewire.topic.publish', { topic, data, key }), resolve);
    });
    return result?.['position'];
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        this.#socket = await connect(this.#url, { subprotocols: ['wamp.2.json'], signal });
        this.#send([1, 'realm1', { roles, authmethods: ['anonymous'] }]);
        for await (const message of this.#socket) this.#receive(JSON.parse(message as string));
      } catch {
        // Nobody answers, or the connection broke: it comes back whatever the reason.
      }
      this.#request = 0;
      this.#subscription = 0;
      for (const answer of [...this.#calls.values()]) answer(undefined);
      this.#calls.clear();
      await delay(20);
    }
  }

  #send(list: List): void {
    this.#socket?.send(JSON.stringify(list));
  }

  #call(procedure: string, kwargs: Kwargs, options: Kwargs = {}): number {
    this.#send([48, ++this.#request, options, procedure, [], kwargs]);
    return this.#request;
  }

  #rejoin(): void {
    const position = this.#position;
    const kwargs = { topic: this.account.topic, ...(position && { position }) };
    this.#join = this.#call('tidewire.topic.join', kwargs, { receive_progress: true });
  }

  #receive(list: List): void {
    switch (list[0]) {
      case 2:
        return this.#rejoin();
      case 36:
        return this.#event(list);
      case 35: {
        const { reason } = list[2];
        if (list[1] === 0 && reason === 'tidewire.error.reset') this.#rejoin();
        return;
      }
      case 50: {
        const [, request, { progress }, , kwargs] = list;
        return request === this.#join ? this.#joined(kwargs, progress) : this.#answered(request, kwargs);
      }
      case 8:
        // A refusal that is temporary asks for a pause; it takes the one between two connections.
        return list[2] === this.#join ? this.#socket?.close() : this.#answered(list[2], undefined);
      default:
    }
  }

  #answered(request: number, result: Kwargs | undefined): void {
    this.#calls.get(request)?.(result);
    this.#calls.delete(request);
  }

  #joined({ subscription, recovered, position }: Kwargs, progress: boolean): void {
    this.#replaying = progress;
    if (progress) {
      this.#subscription = subscription;
      this.account.joined(recovered);
      if (recovered !== true) this.#position = undefined;
    } else this.#position = position;
  }

  /** What is replayed after `true`, and all that is live, goes on from one offset to the next, and nothing comes twice. */
  #event([, subscription, publication, details, [data]]: List): void {
    const position = details['_tidewire_position'] as Position;
    const known = this.#position;
    if (subscription !== this.#subscription) this.account.fault('an EVENT of no subscription of ours');
    if (publication !== position.id) this.account.fault('an id that is not the publication');
    if (known === undefined ? !this.#replaying : position.offset !== known.offset + 1) {
      this.account.fault(`${position.offset} came after ${known?.offset}`);
    }
    this.#position = position;
    this.account.heard(position, data.text);
  }
}
