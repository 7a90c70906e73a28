/**
 * Tells the hub how far the application is, for one session: the total of EVENTs that it has taken. At the latest after
 * half a window, and at the end of the turn in which nothing is left to take.
 *
 * It counts and does not name: an EVENT that is taken early, because nobody wanted it, and one that waits in a slow
 * reader's queue are the same to the window.
 */
import type { Clock } from './client-options.ts';

/** `WELCOME.Details._tidewire_window`. */
export interface WindowSize {
  readonly messages: number;
  readonly bytes: number;
  /** Of the messages, those of `latest` topics. */
  readonly latest: number;
}

/** What came was not to be sent yet. A peer that goes on beyond twice the window would fill our memory. */
const patience = 2;
/** When the line takes nothing, it is asked again after so many ms. */
const again = 1_000;

export class Acknowledger {
  readonly #window: WindowSize;
  readonly #send: (total: number) => boolean;
  readonly #clock: Clock;
  #arrived = 0;
  #taken = 0;
  #told = 0;
  /** Since what was told. */
  #bytes = 0;
  #latest = 0;
  #scheduled = false;
  #stopped = false;

  constructor(window: WindowSize, send: (total: number) => boolean, clock: Clock) {
    this.#window = window;
    this.#send = send;
    this.#clock = clock;
  }

  /** An EVENT came. False: that is far more than the window allows. */
  arrived(): boolean {
    this.#arrived++;
    return this.#arrived - this.#told <= this.#window.messages * patience + 1;
  }

  /** The application is done with an EVENT. `drained`: its reader has nothing more to take. */
  taken(bytes: number, latest: boolean, drained: boolean): void {
    this.#taken++;
    this.#bytes += bytes;
    if (latest) this.#latest++;
    const { messages, bytes: most, latest: mostLatest } = this.#window;
    const half =
      (this.#taken - this.#told) * 2 >= messages || this.#bytes * 2 >= most || this.#latest * 2 >= mostLatest;
    if (half) this.#tell();
    else if (drained && !this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#tell();
      });
    }
  }

  /** The session is over. */
  stop(): void {
    this.#stopped = true;
  }

  #tell(): void {
    if (this.#stopped || this.#taken === this.#told) return;
    if (!this.#send(this.#taken)) {
      this.#clock.setTimeout(() => this.#tell(), again);
      return;
    }
    this.#told = this.#taken;
    this.#bytes = 0;
    this.#latest = 0;
  }
}
