/**
 * One socket's conversation, as the service: requests answered when they are done, in whatever order that is, one-way messages,
 * faults, and notifications in between.
 *
 * The specification of the binding ([MS-SWSB]) asks for two message exchange patterns and says nothing of correlation. As
 * WCF does, a reply carries the request's `wsa:MessageID` in `wsa:RelatesTo`. Text and binary frames are both read; what is
 * sent is of the kind that the peer sent last, and binary, WCF's default, before it sent anything.
 *
 * Rule of this file: a message that is no XML of SOAP's is answered by a fault and ends the connection; every other wrong
 * message costs its sender a fault. A one-way operation is never answered, since its pattern has no answers: what goes wrong
 * in it goes to `onFault` or `onError`. A fault is never answered.
 */
import {
  actionNotSupported,
  addresses,
  type EndpointReference,
  headerRequired,
  invalidHeader,
  refuseForeignAddress,
  serializeAddressing,
} from './addressing.ts';
import type { SoapNotification, SoapOperation } from './contract.ts';
import { serializeEnvelope, serializeFaultEnvelope, serializeVersionMismatch11 } from './envelope.ts';
import { parseFault, SoapFault, senderFault } from './fault.ts';
import {
  type FrameKind,
  isUnusable,
  readMessage,
  type SoapData,
  type SoapMessage,
  type Understands,
  type UnusableMessage,
} from './message.ts';
import { failedFault, type SoapService } from './service.ts';
import { parseRecord, serializeRecord } from './value.ts';
import { isNamed } from './xml.ts';
import { defaultXmlLimits, type XmlLimits } from './xml-parser.ts';

/** The other end, as far as a session knows it. A `Socket` of tidewire is one as it is. */
export interface SoapPeer {
  /** Sends a string as text and bytes as binary. False: it has more than enough to send already. */
  send(data: SoapData): boolean;
  close(code?: number, reason?: string): void;
  /** Resolves when `send` may be called again. Asked after it returned false, before more is read. */
  writable?(): Promise<unknown>;
}

export interface SoapLimits extends XmlLimits {
  /** Operations that one peer may have running; at the bound no more is read. @default 16 */
  readonly maxConcurrent: number;
}

export const defaultSoapLimits: SoapLimits = { ...defaultXmlLimits, maxConcurrent: 16 };

export interface SoapSessionOptions<User = unknown> {
  /** Who the peer is; handlers get it. */
  readonly user: User;
  readonly limits?: Partial<SoapLimits>;
  /** Header blocks that the service understands beside those of WS-Addressing. @default none */
  readonly understands?: Understands;
  /** Hears what handlers throw beside faults, which is ours to mend. @default console.error */
  readonly onError?: (error: unknown) => void;
  /**
   * Hears faults that go nowhere: what is wrong with a one-way message, what its handler has against it, and faults that the
   * peer sends. A peer can cause any number of them. @default none
   */
  readonly onFault?: (fault: SoapFault) => void;
}

/** Where an answer goes. */
interface Return {
  readonly kind: FrameKind;
  readonly relatesTo: string | undefined;
  readonly destination: EndpointReference | undefined;
}

export class SoapSession<User = unknown> {
  readonly #peer: SoapPeer;
  readonly #service: SoapService<User>;
  readonly #user: User;
  readonly #limits: SoapLimits;
  readonly #understands: Understands;
  readonly #onError: (error: unknown) => void;
  readonly #onFault: (fault: SoapFault) => void;
  readonly #running = new Set<AbortController>();
  /** The MessageIDs of what is running. */
  readonly #messageIds = new Set<string>();
  #kind: FrameKind = 'binary';
  #overfull = false;
  #ended = false;
  #room: (() => void) | undefined;

  constructor(peer: SoapPeer, service: SoapService<User>, options: SoapSessionOptions<User>) {
    this.#peer = peer;
    this.#service = service;
    this.#user = options.user;
    this.#limits = { ...defaultSoapLimits, ...options.limits };
    this.#understands = options.understands ?? (() => false);
    this.#onError = outlet(options.onError ?? console.error);
    this.#onFault = outlet(options.onFault ?? (() => {}));
    if (!(this.#limits.maxConcurrent >= 1)) throw new RangeError('maxConcurrent is at least 1');
  }

  /** In which frames the peer gets what is sent: of a notification `text` or `bytes`. */
  get frameKind(): FrameKind {
    return this.#kind;
  }

  /** Operations that are running. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Takes a message. Call it again once the returned promise, if there is one, has resolved: until then the peer has as
   * much running, or waiting to be sent, as it may. A `message` handler of tidewire that returns it does just that.
   * @throws Error when it is called before.
   */
  receive(data: SoapData): Promise<void> | undefined {
    if (this.#ended) return undefined;
    if (this.#running.size >= this.#limits.maxConcurrent) throw new Error('receive() was called before there was room');
    this.#kind = typeof data === 'string' ? 'text' : 'binary';
    const message = readMessage(data, this.#limits, this.#understands);
    if (isUnusable(message)) this.#refuse(message);
    else this.#accept(message);
    if (!this.#overfull && this.#running.size < this.#limits.maxConcurrent) return undefined;
    return this.#waitForRoom();
  }

  /** Sends a notification. False: as `send` of the peer has it, or the session has ended. */
  notify(notification: SoapNotification): boolean {
    if (this.#ended) return false;
    return this.#peer.send(this.#kind === 'text' ? notification.text : notification.bytes);
  }

  /** The socket is gone, or is to be left: running operations are aborted, and nothing more is sent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const running of this.#running) running.abort(new Error('The socket was closed'));
    this.#room?.();
  }

  async #waitForRoom(): Promise<void> {
    if (this.#overfull) {
      this.#overfull = false;
      await this.#peer.writable?.();
    }
    while (!this.#ended && this.#running.size >= this.#limits.maxConcurrent) {
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
    }
  }

  #refuse(message: UnusableMessage): void {
    const { fault, sketch, close, isSoap11, isFault } = message;
    if (isFault) return this.#onFault(fault);
    const back = { kind: this.#kind, relatesTo: sketch.messageId, destination: sketch.faultTo };
    if (isSoap11) this.#send(serializeVersionMismatch11(), this.#kind);
    else this.#sendFault(fault, back);
    if (close === undefined) return;
    this.end();
    this.#peer.close(close, shortened(fault.reason));
  }

  #accept(message: SoapMessage): void {
    const { addressing, content } = message;
    const { action, messageId } = addressing;
    const back = { kind: this.#kind, relatesTo: messageId };
    const received = content && parseFault(content);
    if (received !== undefined) return this.#onFault(received);
    const refuse = (fault: SoapFault) => this.#sendFault(fault, { ...back, destination: addressing.faultTo });
    const foreign =
      refuseForeignAddress('ReplyTo', addressing.replyTo) ?? refuseForeignAddress('FaultTo', addressing.faultTo);
    if (foreign !== undefined) return refuse(foreign);
    const operation = this.#service.contract.operationsByAction.get(action);
    if (operation === undefined) return refuse(actionNotSupported(action));
    const input = this.#inputOf(operation, message);
    if (!(input instanceof SoapFault)) return this.#start(operation, input, message);
    if (operation.reply === undefined) this.#onFault(input);
    else refuse(input);
  }

  #inputOf(operation: SoapOperation, { addressing, content }: SoapMessage): unknown {
    const { messageId } = addressing;
    if (messageId === undefined && operation.reply !== undefined) return headerRequired('MessageID');
    if (messageId !== undefined && this.#messageIds.has(messageId)) {
      return invalidHeader('DuplicateMessageID', 'MessageID');
    }
    const { namespace, name } = operation.element;
    if (content === undefined || !isNamed(content, namespace, name)) {
      return senderFault(`The body of ${operation.name} is one element ${operation.element}`);
    }
    return parseRecord(operation.input, content, namespace);
  }

  #start(operation: SoapOperation, input: unknown, { addressing }: SoapMessage): void {
    const { messageId, replyTo, faultTo } = addressing;
    const running = new AbortController();
    const back = { kind: this.#kind, relatesTo: messageId };
    this.#running.add(running);
    if (messageId !== undefined) this.#messageIds.add(messageId);
    const done = () => {
      this.#running.delete(running);
      if (messageId !== undefined) this.#messageIds.delete(messageId);
      this.#room?.();
    };
    const context = { user: this.#user, signal: running.signal };
    new Promise((resolve) => resolve(this.#service.run(operation.name, input, context)))
      .then(
        (output) => this.#answer(operation, output, { ...back, destination: replyTo }, faultTo),
        (error: unknown) => this.#fail(operation, error, { ...back, destination: faultTo }),
      )
      .finally(done);
  }

  #answer(operation: SoapOperation, output: unknown, back: Return, faultTo: EndpointReference): void {
    const { reply } = operation;
    if (output instanceof SoapFault) return this.#fail(operation, output, { ...back, destination: faultTo });
    if (reply === undefined || this.#ended || back.destination?.address === addresses.none) return;
    let text: string;
    try {
      const body = serializeRecord(reply.output, output, reply.element.namespace, reply.element.name);
      text = serializeEnvelope(serializeAddressing({ action: reply.action, ...back }), [body]);
    } catch (error) {
      return this.#fail(operation, error, { ...back, destination: faultTo });
    }
    this.#send(text, back.kind);
  }

  #fail(operation: SoapOperation, error: unknown, back: Return): void {
    if (!(error instanceof SoapFault)) this.#onError(error);
    const fault = error instanceof SoapFault ? error : failedFault();
    if (operation.reply !== undefined) this.#sendFault(fault, back);
    else if (fault === error) this.#onFault(fault);
  }

  #sendFault(fault: SoapFault, back: Return): void {
    if (back.destination?.address === addresses.none) return;
    const header = serializeAddressing({ action: fault.action, ...back });
    this.#send(serializeFaultEnvelope(header, fault), back.kind);
  }

  #send(text: string, kind: FrameKind): void {
    if (this.#ended) return;
    if (!this.#peer.send(kind === 'text' ? text : new TextEncoder().encode(text))) this.#overfull = true;
  }
}

/** A user's function for errors that throws itself must not take the process with it. */
export function outlet<T>(report: (error: T) => void): (error: T) => void {
  return (error) => {
    try {
      report(error);
    } catch (own) {
      console.error(own);
    }
  };
}

/** RFC 6455 §5.5: a Close frame has room for 123 bytes of reason. What a parser quotes of the peer's may be anything. */
export function shortened(reason: string): string {
  return reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 123);
}
