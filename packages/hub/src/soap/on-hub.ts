/**
 * The hub in SOAP: an operation is a call of the hub, or a publication; a topic is a series of notifications, which a peer
 * gets from the moment that it is connected. What SOAP has no words for (positions, presence, acknowledgements of what was
 * received) it does not get; what a slow peer gets, its line decides by Ping and Pong.
 */
import { PreparedMessage, type ServerSocket } from 'tidewire';
import { HubError } from '../contract/errors.ts';
import type { Publication } from '../contract/publication.ts';
import type { Appended } from '../engine/engine.ts';
import type { Hub } from '../hub/hub.ts';
import type { HubCore } from '../hub/hub-core.ts';
import { type EndReason, endCodes, type Peer } from '../hub/peer.ts';
import { probePayload, probeTotal } from '../hub/probe.ts';
import type { Session } from '../hub/session.ts';
import type { Subscription } from '../hub/subscription.ts';
import type { Admission } from '../hub/user.ts';
import type {
  InputOf,
  NotificationName,
  NotificationValue,
  OperationName,
  OutputOf,
  SoapContract,
  SoapContractDefinition,
} from './contract.ts';
import { SoapFault } from './fault.ts';
import { refuseSoapHeaders, type SoapUpgradeRequest } from './handshake.ts';
import type { FrameKind, SoapData } from './message.ts';
import { type SoapService, soapService } from './service.ts';
import { type SoapLimits, SoapSession } from './session.ts';
import { QName } from './xml.ts';

/** The namespace of the hub's refusals, which are subcodes of faults: `{urn:tidewire:hub}rate-limited`. */
export const hubFaultNamespace = 'urn:tidewire:hub';

/** What an operation is on the hub. */
export type SoapOperationOnHub<Input, Output> =
  /** A call: the input is its input, its output is the output. */
  | { readonly call: string }
  /** A publication on a topic. */
  | {
      readonly publish: string;
      /** @default the input */
      data?(input: Input): unknown;
      /** What a two-way operation answers once the engine has it. @default {} */
      output?(appended: Appended): Output;
    };

/** A topic whose publications are notifications. */
export interface SoapTopicOnHub<D extends SoapContractDefinition, N extends NotificationName<D>> {
  /** Its name. Who may not subscribe to it gets no notifications, and may still ask. */
  readonly topic: string;
  /** The notification of the contract that its publications are. */
  readonly notification: N;
  /** What a publication says; `undefined`: it is not told. */
  value(data: any, publication: Publication): NotificationValue<D, N> | undefined;
  /** So many of the newest publications come first, and those that are retained. @default 0 */
  readonly last?: number;
}

export interface SoapOnHub<D extends SoapContractDefinition = any> {
  /** What is spoken, made by `defineSoapContract`. */
  readonly contract: SoapContract<D>;
  /** What each operation of the contract is on the hub: `{ call }`, or `{ publish, data?, output? }`. */
  readonly operations: { readonly [N in OperationName<D>]: SoapOperationOnHub<InputOf<D, N>, OutputOf<D, N>> };
  /** Topics whose publications each peer is notified of, from the moment that it is connected. @default none */
  readonly topics?: readonly { readonly [N in NotificationName<D>]: SoapTopicOnHub<D, N> }[NotificationName<D>][];
  /** What one message may be, and how many operations of a peer may run at a time. */
  readonly limits?: Partial<SoapLimits>;
}

/** SOAP for the `soap` of a hub's route. @throws TypeError when an operation of the contract is nothing on the hub */
export function soapOnHub<D extends SoapContractDefinition>(hub: Pick<Hub, 'core'>, definition: SoapOnHub<D>): SoapHub {
  return new SoapHub(hub.core, definition);
}

/** The frames of one topic's notifications: each publication is written and framed once, for all peers of a kind. */
class NotificationFrames {
  readonly #definition: SoapOnHub;
  readonly #of: SoapTopicOnHub<any, any>;
  readonly #known = new WeakMap<Publication, Readonly<Record<FrameKind, PreparedMessage>> | null>();
  #last: Publication | undefined;
  #lastFrames: Readonly<Record<FrameKind, PreparedMessage>> | null = null;

  constructor(definition: SoapOnHub, topic: SoapTopicOnHub<any, any>) {
    this.#definition = definition;
    this.#of = topic;
  }

  get(publication: Publication): Readonly<Record<FrameKind, PreparedMessage>> | null {
    if (publication === this.#last) return this.#lastFrames;
    let frames = this.#known.get(publication);
    if (frames === undefined) this.#known.set(publication, (frames = this.#make(publication)));
    this.#last = publication;
    this.#lastFrames = frames;
    return frames;
  }

  #make(publication: Publication): Readonly<Record<FrameKind, PreparedMessage>> | null {
    const value = this.#of.value(publication.data, publication);
    if (value === undefined) return null;
    const { text, bytes } = this.#definition.contract.notification(this.#of.notification, value as never);
    return { text: new PreparedMessage(text), binary: new PreparedMessage(bytes) };
  }
}

/** What all SOAP peers of a route share. */
export class SoapHub {
  readonly definition: SoapOnHub;
  readonly core: HubCore;
  readonly service: SoapService<Session>;
  readonly topics: readonly { readonly topic: SoapTopicOnHub<any, any>; readonly frames: NotificationFrames }[];

  /** @throws TypeError when an operation is not said to be anything */
  constructor(core: HubCore, definition: SoapOnHub) {
    this.core = core;
    this.definition = definition;
    const handlers = Object.entries(definition.operations as Record<string, SoapOperationOnHub<unknown, unknown>>);
    this.service = soapService<any, Session>(
      definition.contract,
      Object.fromEntries(
        handlers.map(([name, operation]) => [
          name,
          (input: unknown, { user: session, signal }: { user: Session; signal: AbortSignal }) =>
            carryOut(operation, session, input, signal),
        ]),
      ),
    );
    this.topics = (definition.topics ?? []).map((topic: SoapTopicOnHub<any, any>) => ({
      topic,
      frames: new NotificationFrames(definition, topic),
    }));
  }

  /** Judges the header fields of a handshake that offers SOAP; a Response refuses it. */
  accept(request: SoapUpgradeRequest): Response | undefined {
    return refuseSoapHeaders(request.headers);
  }

  /** Begins a conversation on a socket whose subprotocol is SOAP. */
  open(socket: ServerSocket<any, any>, admission: Admission | undefined): SoapConversation {
    return new SoapConversation(this, socket, admission);
  }
}

/** One peer's conversation. */
export class SoapConversation implements Peer {
  readonly protocol: string = 'soap';
  readonly #socket: ServerSocket<any, any>;
  readonly #session: Session;
  readonly #soap: SoapSession<Session>;

  constructor(hub: SoapHub, socket: ServerSocket<any, any>, admission: Admission | undefined) {
    const { core } = hub;
    this.#socket = socket;
    this.#session = core.open(this, admission);
    this.#soap = new SoapSession(socket, hub.service, {
      user: this.#session,
      limits: hub.definition.limits,
      onError: (error) => core.report(error, 'soap'),
    });
    for (const { topic, frames } of hub.topics) {
      const { topic: name, last = 0 } = topic;
      this.#session.subscribe(name, { replay: 'recover', last, tag: frames }).catch((error: unknown) => {
        // Whoever may not listen may still ask.
        if (!(error instanceof HubError)) core.report(error, 'soap');
      });
    }
  }

  /** Takes a message; the promise is what the next one has to wait for. */
  message(data: SoapData): Promise<void> | undefined {
    return this.#soap.receive(data);
  }

  pong(payload: Uint8Array): void {
    const total = probeTotal(payload);
    if (total !== undefined) this.#session.acknowledge(total);
  }

  /** The socket is gone. */
  closed(): void {
    this.#soap.end();
    this.#session.close();
  }

  deliver(subscription: Subscription, publication: Publication): number {
    const frames = (subscription.tag as NotificationFrames).get(publication);
    if (frames === null) return 0;
    const frame = frames[this.#soap.frameKind];
    this.#socket.sendPrepared(frame);
    return frame.size;
  }

  probe(total: number): void {
    this.#socket.ping(probePayload(total));
  }

  ended(reason: EndReason): void {
    this.#soap.end();
    this.#socket.close(endCodes[reason], reason);
  }
}

async function carryOut(
  operation: SoapOperationOnHub<unknown, unknown>,
  session: Session,
  input: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    if ('call' in operation) {
      const call = session.call(operation.call, { data: input });
      signal.addEventListener('abort', () => call.cancel('killnowait'), { once: true });
      return (await call.result).data ?? {};
    }
    const appended = await session.publish(operation.publish, { data: operation.data?.(input) ?? input });
    return operation.output?.(appended) ?? {};
  } catch (error) {
    throw error instanceof HubError ? faultOf(error) : error;
  }
}

/** A refusal of the hub as a fault. What may go better later is the receiver's matter, the rest the sender's (SOAP 1.2 §5.4.6). */
function faultOf({ code, message, temporary }: HubError): SoapFault {
  const subcodes = [new QName(hubFaultNamespace, code)];
  return new SoapFault({ code: temporary || code === 'internal' ? 'Receiver' : 'Sender', reason: message, subcodes });
}
