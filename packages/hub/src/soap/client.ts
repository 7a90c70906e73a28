/**
 * The other side: a client that calls operations and hears notifications, over anything that sends and receives messages.
 * `connectSoap` in connect.ts opens a WebSocket for it, in Node and in browsers.
 *
 * Rule of this file: every call ends: with its reply, a fault, its timeout, its signal, or the end of the connection. What
 * the server sends is read within the same bounds as the server reads ours; what is not XML ends the connection.
 */
import type { Clock } from 'tidewire';
import { replyRelationship, serializeAddressing } from './addressing.ts';
import type {
  InputOf,
  NotificationName,
  NotificationValue,
  OperationName,
  OutputOf,
  SoapContract,
  SoapContractDefinition,
  SoapOperation,
} from './contract.ts';
import { serializeEnvelope } from './envelope.ts';
import { parseFault, SoapFault } from './fault.ts';
import {
  type FrameKind,
  isUnusable,
  readMessage,
  type SoapData,
  type SoapMessage,
  type Understands,
  type UnusableMessage,
} from './message.ts';
import { newMessageId } from './message-id.ts';
import { NotificationQueue } from './notification-queue.ts';
import { outlet, type SoapPeer, shortened } from './session.ts';
import { parseRecord, serializeRecord } from './value.ts';
import { isNamed } from './xml.ts';
import { defaultXmlLimits, type XmlLimits } from './xml-parser.ts';

/** The connection is gone, or what came over it is no SOAP that could be understood. */
export class SoapConnectionError extends Error {
  override readonly name = 'SoapConnectionError';
}

/** A notification as it came. */
export type Notified<D extends SoapContractDefinition> = {
  [N in NotificationName<D>]: { readonly name: N; readonly value: NotificationValue<D, N> };
}[NotificationName<D>];

export interface SoapClientOptions<D extends SoapContractDefinition = SoapContractDefinition> {
  /** How long a reply may take, ms; `null`: as long as it wants. @default 30_000 */
  readonly timeout?: number | null;
  /** Calls that may wait for their replies; one more is our own mistake and rejects. @default 1000 */
  readonly maxPending?: number;
  /** `wsa:To`, where a service wants it. @default none: whoever is at the other end of the socket */
  readonly to?: string;
  /** Frames to send in; both are read. @default 'binary', as WCF */
  readonly frames?: FrameKind;
  /** What one message of the service may be. */
  readonly limits?: Partial<XmlLimits>;
  /** Header blocks that the application understands beside those of WS-Addressing. @default none */
  readonly understands?: Understands;
  /** Hears every notification; `notifications()` is the other way to get them. */
  readonly onNotification?: (notification: Notified<D>) => void;
  /** Notifications that may wait for a `for await` over `notifications()`. @default 1000 */
  readonly maxQueuedNotifications?: number;
  /** Hears faults that answer nothing of ours, and messages that could not be read. @default console.error */
  readonly onError?: (error: unknown) => void;
  /** @default the host's timers */
  readonly clock?: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
}

export interface CallOptions {
  /** Ends the wait; the service is not told, as SOAP has no word for it. */
  readonly signal?: AbortSignal;
  /** ms; goes before the client's own. */
  readonly timeout?: number | null;
}

interface Pending {
  readonly operation: SoapOperation;
  settle(result: { readonly output: unknown } | { readonly error: unknown }): void;
}

const hostTimers: Pick<Clock, 'setTimeout' | 'clearTimeout'> = {
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as number | undefined),
};

export class SoapClient<D extends SoapContractDefinition = SoapContractDefinition> {
  readonly contract: SoapContract<D>;
  readonly #peer: SoapPeer;
  readonly #options: SoapClientOptions<D>;
  readonly #limits: XmlLimits;
  readonly #clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  readonly #report: (error: unknown) => void;
  readonly #pending = new Map<string, Pending>();
  readonly #queues = new Set<NotificationQueue<Notified<D>>>();
  #end: Error | undefined;

  constructor(contract: SoapContract<D>, peer: SoapPeer, options: SoapClientOptions<D> = {}) {
    this.contract = contract;
    this.#peer = peer;
    this.#options = { timeout: 30_000, maxPending: 1000, maxQueuedNotifications: 1000, ...options };
    this.#limits = { ...defaultXmlLimits, ...options.limits };
    this.#clock = options.clock ?? hostTimers;
    this.#report = outlet(options.onError ?? console.error);
  }

  /** Calls that wait for their replies. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * Calls an operation. Rejects with the service's SoapFault, a TimeoutError, the signal's reason, or a SoapConnectionError.
   * A one-way operation resolves once it is sent, which does not say that it arrived.
   * @throws TypeError when the contract has no such operation or the input is not of its type.
   */
  async call<N extends OperationName<D>>(
    name: N,
    input: InputOf<D, N>,
    options: CallOptions = {},
  ): Promise<OutputOf<D, N>> {
    const operation = this.contract.operations.get(name);
    if (operation === undefined) throw new TypeError(`The contract has no operation ${JSON.stringify(name)}`);
    options.signal?.throwIfAborted();
    const { namespace, name: elementName } = operation.element;
    const body = serializeRecord(operation.input, input, namespace, elementName);
    if (this.#end !== undefined) throw this.#end;
    const expectsReply = operation.reply !== undefined;
    if (expectsReply && this.#pending.size >= this.#options.maxPending!) {
      throw new RangeError('Too many calls wait for their replies');
    }
    const messageId = expectsReply ? newMessageId() : undefined;
    const { to } = this.#options;
    const header = serializeAddressing({ action: operation.action, to, messageId, expectsReply });
    const text = serializeEnvelope(header, [body]);
    const reply = messageId === undefined ? undefined : this.#waitFor(messageId, operation, options);
    try {
      this.#peer.send(this.#options.frames === 'text' ? text : new TextEncoder().encode(text));
    } catch (error) {
      if (messageId === undefined) throw error;
      this.#pending.get(messageId)?.settle({ error });
    }
    return (await reply) as OutputOf<D, N>;
  }

  /**
   * The notifications from now on, until the connection ends; with an error of the connection it throws it. A reader who
   * lets more wait than `maxQueuedNotifications` gets those, and then a NotificationQueueError: none is left out silently.
   */
  notifications(): AsyncIterableIterator<Notified<D>, undefined> {
    const queue = new NotificationQueue<Notified<D>>(this.#options.maxQueuedNotifications!, () =>
      this.#queues.delete(queue),
    );
    if (this.#end === undefined) this.#queues.add(queue);
    else queue.end(undefined);
    return queue;
  }

  /** Closes the connection. Calls that wait reject. */
  close(): void {
    this.#finish(undefined, 1000, '');
  }

  /** Takes a message from the socket. Never throws. */
  receive(data: SoapData): void {
    if (this.#end !== undefined) return;
    const message = readMessage(data, this.#limits, this.#options.understands ?? (() => false));
    if (isUnusable(message)) this.#receiveUnusable(message);
    else this.#receiveMessage(message);
  }

  /** The connection is gone; without an error in good order. */
  ended(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error ?? new SoapConnectionError('The connection was closed');
    for (const pending of [...this.#pending.values()]) pending.settle({ error: this.#end });
    for (const queue of [...this.#queues]) queue.end(error);
  }

  #waitFor(messageId: string, operation: SoapOperation, options: CallOptions): Promise<unknown> {
    const { signal } = options;
    const { timeout = this.#options.timeout } = options;
    return new Promise((resolve, reject) => {
      const abort = () => pending.settle({ error: signal!.reason });
      const pending: Pending = {
        operation,
        settle: (result) => {
          this.#pending.delete(messageId);
          this.#clock.clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
          if ('output' in result) resolve(result.output);
          else reject(result.error);
        },
      };
      const late = () => pending.settle({ error: new DOMException(`No reply to ${operation.name}`, 'TimeoutError') });
      const timer = timeout === null ? undefined : this.#clock.setTimeout(late, timeout!);
      signal?.addEventListener('abort', abort, { once: true });
      this.#pending.set(messageId, pending);
    });
  }

  #receiveMessage(message: SoapMessage): void {
    const { addressing, content } = message;
    const fault = content && parseFault(content);
    const answered = addressing.relatesTo.find(({ type }) => type === replyRelationship)?.messageId;
    if (answered !== undefined) {
      const pending = this.#pending.get(answered);
      // It came too late, after a timeout or an abort.
      if (pending === undefined) return;
      return pending.settle(fault === undefined ? this.#resultOf(pending.operation, message) : { error: fault });
    }
    if (fault !== undefined) return this.#report(fault);
    this.#receiveNotification(message);
  }

  #resultOf(operation: SoapOperation, { addressing, content }: SoapMessage): { output: unknown } | { error: unknown } {
    const { action, element, output } = operation.reply!;
    if (addressing.action !== action || content === undefined || !isNamed(content, element.namespace, element.name)) {
      return { error: new SoapConnectionError(`The reply to ${operation.name} is not what the contract says`) };
    }
    const value = parseRecord(output, content, element.namespace);
    if (!(value instanceof SoapFault)) return { output: value };
    return { error: new SoapConnectionError(`The reply to ${operation.name} is wrong: ${value.reason}`) };
  }

  #receiveNotification({ addressing, content }: SoapMessage): void {
    const type = this.contract.notificationsByAction.get(addressing.action);
    if (type === undefined || content === undefined || !isNamed(content, type.element.namespace, type.element.name)) {
      return this.#report(new SoapConnectionError(`A message that the contract does not have: ${addressing.action}`));
    }
    const value = parseRecord(type.value, content, type.element.namespace);
    if (value instanceof SoapFault) return this.#report(value);
    const notification = { name: type.name, value } as Notified<D>;
    for (const queue of [...this.#queues]) queue.push(notification);
    try {
      this.#options.onNotification?.(notification);
    } catch (error) {
      this.#report(error);
    }
  }

  /** A reply with a block that has to be understood and is not must not be used: its call fails with that. */
  #receiveUnusable({ fault, sketch, close }: UnusableMessage): void {
    const pending = sketch.relatesTo === undefined ? undefined : this.#pending.get(sketch.relatesTo);
    if (close !== undefined) {
      // A page may only send 1000 and codes of its own: 4007 is for 1007, and so on.
      return this.#finish(new SoapConnectionError(fault.reason), close + 3000, shortened(fault.reason));
    }
    if (pending !== undefined) pending.settle({ error: new SoapConnectionError(fault.reason, { cause: fault }) });
    else this.#report(fault);
  }

  #finish(error: Error | undefined, code: number, reason: string): void {
    if (this.#end !== undefined) return;
    this.ended(error);
    this.#peer.close(code, reason);
  }
}
