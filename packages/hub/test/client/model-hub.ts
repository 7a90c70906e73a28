/**
 * A hub's one topic as a model: a log that is trimmed, loses its tail or its hints, answers late or not at all. It speaks
 * over a `Line`, and does what the protocol's page says with whatever the client asks.
 */
import type { Position } from '../../src/contract/publication.ts';
import type { MessageOf } from '../../src/wamp/messages.ts';
import type { Line } from './fake-hub.ts';

interface Entry {
  readonly offset: number;
  readonly id: number;
  readonly text: string;
}

export class ModelHub {
  line: Line | undefined;
  /** Offset of the newest entry that was let go; its id is kept. */
  #floor: Entry = { offset: 0, id: 0, text: '' };
  #log: Entry[] = [];
  #nextId = 1;
  #keys = new Map<string, Position>();
  #live = false;
  /** Every text that was ever appended, in order. */
  readonly appended: string[] = [];
  /** The next join, or publish, is refused for now. */
  refuses = false;
  /** The next acknowledgement of a publish gets lost with its connection. */
  cutsBeforeAnswer = false;
  /** The connection breaks after so many more replayed EVENTs. */
  cutsAfter = Number.POSITIVE_INFINITY;
  /** The next join ends after its first replayed EVENT, as its log can't be read. */
  endsInReplay = false;

  get top(): Position {
    const { offset, id } = this.#log.at(-1) ?? this.#floor;
    return { epoch: 'e', offset, id };
  }

  /** @param hinted false: nobody is told, as when a hint was lost */
  append(text: string, hinted = true): Position {
    const entry = { offset: this.top.offset + 1, id: this.#nextId++, text };
    this.#log.push(entry);
    this.appended.push(text);
    if (hinted && this.#live) this.#event(entry);
    return this.top;
  }

  /** Sends the newest once more. */
  repeat(): void {
    const newest = this.#log.at(-1);
    if (this.#live && newest !== undefined) this.#event(newest);
  }

  trim(keep: number): void {
    while (this.#log.length > keep) this.#floor = this.#log.shift()!;
  }

  /** An older copy is put back: the tail is gone. */
  loseTail(count: number): void {
    if (count === 0 || this.#log.length < count) return;
    this.#log.splice(-count);
    if (this.#live) this.#end('reset');
  }

  /** The log can't be read at the moment. */
  fail(): void {
    if (this.#live) this.#end('unavailable');
  }

  cut(): void {
    const { line } = this;
    this.line = undefined;
    this.#live = false;
    line?.ended(1006);
  }

  /** Answers everything that the client has asked. */
  answer(): void {
    for (let message = this.line?.sent.shift(); message !== undefined; message = this.line?.sent.shift()) {
      if (message.type === 'HELLO') this.line!.welcome();
      else if (message.type === 'UNSUBSCRIBE') this.#live = false;
      else if (message.type === 'CALL') this.#call(message);
    }
  }

  #call(call: MessageOf<'CALL'>): void {
    const { request, procedure, kwargs = {} } = call;
    if (this.refuses) {
      this.refuses = false;
      return this.line!.error(request, 'tidewire.error.rate_limited', { code: 'rate-limited', temporary: true });
    }
    if (procedure === 'tidewire.topic.join') this.#join(request, kwargs['position'] as Position | undefined);
    else this.#publish(request, kwargs as { key: string; data: { text: string } });
  }

  #publish(request: number, { key, data }: { key: string; data: { text: string } }): void {
    const before = this.#keys.get(key);
    const position = before ?? this.append(data.text);
    this.#keys.set(key, position);
    if (this.cutsBeforeAnswer) {
      this.cutsBeforeAnswer = false;
      return this.cut();
    }
    this.line?.result(request, { position, duplicate: before !== undefined });
  }

  #join(request: number, from: Position | undefined): void {
    this.#live = false;
    const held =
      from !== undefined &&
      [this.#floor, ...this.#log].some(({ offset, id }) => offset === from.offset && id === from.id);
    const recovered = from === undefined ? 'fresh' : held;
    const replayed = held ? this.#log.filter(({ offset }) => offset > from.offset) : [];
    const { top } = this;
    this.line!.joined(request, top, { recovered, replay: replayed.length });
    for (const entry of replayed) {
      if (this.cutsAfter-- <= 0) {
        this.cutsAfter = Number.POSITIVE_INFINITY;
        return this.cut();
      }
      this.#event(entry);
      if (this.endsInReplay) {
        this.endsInReplay = false;
        this.line!.error(request, 'tidewire.error.unavailable', { code: 'unavailable', temporary: true });
        return this.#end('unavailable');
      }
    }
    this.line!.caughtUp(request, top);
    this.#live = true;
  }

  #end(reason: string): void {
    this.#live = false;
    const details = { subscription: 5, reason: `tidewire.error.${reason}` };
    this.line!.say({ type: 'UNSUBSCRIBED', request: 0, details });
  }

  #event({ offset, id, text }: Entry): void {
    this.line?.event({ epoch: 'e', offset, id }, { text });
  }
}
