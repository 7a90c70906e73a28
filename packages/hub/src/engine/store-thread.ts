/**
 * The main thread's side of the worker that has a store. Operations wait here while a batch is being committed; all that
 * waited goes into the next one, so that one sync of the disk serves many (group commit).
 *
 * Rule: every operation is answered, in order, exactly once: by the worker, or by a HubError when that is gone. What waits is
 * bounded in number and bytes; beyond it operations are refused at once.
 */
import { Worker } from 'node:worker_threads';
import { HubError } from '../contract/errors.ts';
import type { Answer, FromWorker, Operation, StoreInit, ToWorker } from './sqlite-protocol.ts';

export interface StoreThreadLimits {
  /** Operations that wait, those in the worker included. */
  readonly maxWaiting: number;
  /** Bytes of their bodies. */
  readonly maxWaitingBytes: number;
}

export interface StoreThreadListener {
  /** Topics that the store let go for others. */
  forgotten(topics: readonly string[]): void;
  /** A batch could not be kept, or the worker is gone. */
  failed(error: Error): void;
}

interface Waiting {
  readonly operation: Operation;
  readonly bytes: number;
  settle(answer: Answer): void;
  reject(error: HubError): void;
}

/** A store that was opened. */
export interface OpenedStore {
  /** What logs are called that are made in it. */
  readonly run: string;
  readonly topics: readonly string[];
}

/** One transaction at most. */
const mostInBatch = 1000;
const mostBytesInBatch = 4 * 1024 * 1024;

export class StoreThread {
  readonly #listener: StoreThreadListener;
  readonly #limits: StoreThreadLimits;
  readonly #worker: Worker;
  readonly #ended = Promise.withResolvers<void>();
  readonly #idle: (() => void)[] = [];
  #opened: PromiseWithResolvers<OpenedStore> | undefined = Promise.withResolvers();
  #queue: Waiting[] = [];
  /** What the worker has. */
  #batch: Waiting[] = [];
  #waitingBytes = 0;
  #scheduled = false;
  /** Why no operation is taken any more. */
  #over: Error | undefined;

  constructor(script: URL, init: StoreInit, limits: StoreThreadLimits, listener: StoreThreadListener) {
    this.#listener = listener;
    this.#limits = limits;
    this.#worker = new Worker(script, { workerData: init, name: 'tidewire-store' });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => {
      this.#end(new Error("The store's thread has ended"));
      this.#ended.resolve();
    });
  }

  /** What is in the store, when it is open. Rejects when it can't be opened. */
  get opened(): Promise<OpenedStore> {
    return this.#opened?.promise ?? Promise.resolve({ run: '', topics: [] });
  }

  /** Has an operation done; `receive` makes of the answer what the promise gives, in the order of the operations. */
  perform<T>(operation: Operation, bytes: number, receive: (answer: Answer) => T): Promise<T> {
    if (this.#over !== undefined) return Promise.reject(unavailable(this.#over));
    const { maxWaiting, maxWaitingBytes } = this.#limits;
    const count = this.#queue.length + this.#batch.length;
    if (count >= maxWaiting || (count > 0 && this.#waitingBytes + bytes > maxWaitingBytes))
      return Promise.reject(new HubError('unavailable', 'Too much waits for the store at the moment'));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const settle = (answer: Answer): void => {
      try {
        resolve(receive(answer));
      } catch (error) {
        reject(error);
      }
    };
    this.#queue.push({ operation, bytes, settle, reject });
    this.#waitingBytes += bytes;
    this.#schedule();
    return promise;
  }

  /** Does what waits, closes the store and ends the thread. */
  async stop(): Promise<void> {
    if (this.#over === undefined) {
      this.#over = new Error('The engine is stopped');
      if (this.#queue.length + this.#batch.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
      this.#worker.ref();
      this.#post('close');
    }
    await this.#ended.promise;
  }

  // At the end of the turn, so that what one turn brings goes together.
  #schedule(): void {
    if (this.#scheduled || this.#batch.length > 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#queue.length === 0) {
      // A store with nothing to do does not keep a process alive.
      this.#worker.unref();
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#batch = this.#nextBatch();
    this.#worker.ref();
    this.#post({ operations: this.#batch.map(({ operation }) => operation) });
  }

  #nextBatch(): Waiting[] {
    let end = 0;
    for (let bytes = 0; end < this.#queue.length && end < mostInBatch; end++) {
      bytes += this.#queue[end]!.bytes;
      if (end > 0 && bytes > mostBytesInBatch) break;
    }
    return this.#queue.splice(0, end);
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'opened':
        this.#worker.unref();
        this.#opened?.resolve(message);
        this.#opened = undefined;
        return;
      case 'not-opened':
        return this.#end(new Error(message.reason));
      case 'answers': {
        this.#listener.forgotten(message.forgotten);
        const batch = this.#takeBatch();
        for (const [i, { settle }] of batch.entries()) settle(message.answers[i]!);
        return this.#send();
      }
      case 'failed': {
        const error = new Error(`The store failed: ${message.reason}`);
        if (message.fatal) return this.#end(error);
        for (const { reject } of this.#takeBatch()) reject(unavailable(error));
        this.#listener.failed(error);
        return this.#send();
      }
    }
  }

  #takeBatch(): Waiting[] {
    const batch = this.#batch;
    this.#batch = [];
    for (const { bytes } of batch) this.#waitingBytes -= bytes;
    return batch;
  }

  /** The worker is of no more use. The first reason counts; nothing is wrong when it ends after `stop`. */
  #end(error: Error): void {
    const stopped = this.#over !== undefined;
    const lost = [...this.#takeBatch(), ...this.#queue.splice(0)];
    if (stopped && lost.length === 0) return this.#release();
    this.#over ??= error;
    this.#waitingBytes = 0;
    for (const { reject } of lost) reject(unavailable(error));
    if (this.#opened !== undefined) this.#opened.reject(error);
    else this.#listener.failed(error);
    this.#opened = undefined;
    this.#release();
  }

  #release(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function unavailable(cause: Error): HubError {
  return new HubError('unavailable', undefined, { cause });
}
