/**
 * permessage-deflate, RFC 7692 §7.1: the four parameters, as they are offered, accepted and checked. No byte is compressed
 * here.
 *
 *     client                                        server
 *     offerDeflate(wishes) ──── its offer ────────▶ acceptDeflate(offers, wishes): an agreement, or declined
 *     checkDeflate(answer) ◀─── its answer ────────
 *     an agreement, or a violation
 *
 * Rule of this file: a server declines what it can't accept and goes on without compression; a client fails the connection
 * (RFC 7692 §7). Who compresses may always use a smaller window than agreed, or forget its context; never the reverse.
 */
import type { Extension } from './header-fields.ts';

export const deflateExtensionName = 'permessage-deflate';

/** What a user wishes. Window bits are 8 to 15, the base-2 logarithm of the window in bytes; each socket pays for them. */
export interface DeflateOptions {
  /**
   * The window in which the server compresses. On a client that names it, a demand: servers that can't meet it decline to
   * compress, and some widespread ones answer wrongly, which fails the connection. On a client that doesn't, up to 15.
   * @default 11
   */
  readonly serverMaxWindowBits?: number;
  /** The window in which the client compresses. On a server, it binds those clients that say they can be told. @default 11 */
  readonly clientMaxWindowBits?: number;
  /** The server forgets its window after each message. On a client, a demand as above. @default false */
  readonly serverNoContextTakeover?: boolean;
  /** The client forgets its window after each message. @default false */
  readonly clientNoContextTakeover?: boolean;
}

/** What both sides keep to: upper bounds of the windows, and who starts each message with an empty one. */
export interface DeflateAgreement {
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
}

/** The parameters as a client puts them on the wire; `undefined` is absent, `true` is present without a value. */
export interface DeflateOffer {
  readonly serverMaxWindowBits: number | undefined;
  readonly clientMaxWindowBits: number | true | undefined;
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
}

const defaultWindowBits = 11;
/** RFC 7692 §7.1.2: without a parameter, a window has up to 32,768 bytes. */
const largestWindowBits = 15;

/** The client's offer, as a value to check the answer against and as the extension to send. @throws RangeError */
export function offerDeflate(options: DeflateOptions = {}): { offer: DeflateOffer; extension: Extension } {
  checkOptions(options);
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  const offer: DeflateOffer = {
    serverNoContextTakeover: options.serverNoContextTakeover ?? false,
    clientNoContextTakeover: options.clientNoContextTakeover ?? false,
    // 15 demands nothing, and a server that knows no parameters can take it.
    serverMaxWindowBits: serverMaxWindowBits === largestWindowBits ? undefined : serverMaxWindowBits,
    // RFC 7692 §7.1.2.2: without a value, a hint that we can be told a window, which is how browsers send it.
    clientMaxWindowBits: clientMaxWindowBits ?? true,
  };
  return { offer, extension: toExtension(offer) };
}

/**
 * The server's choice: the first offer that it can accept, since "an element preceding another element has
 * higher preference" (RFC 7692 §5). `undefined`: there is none, and the handshake goes on without compression. @throws RangeError
 */
export function acceptDeflate(
  extensions: readonly Extension[],
  options: DeflateOptions = {},
): { agreement: DeflateAgreement; extension: Extension } | undefined {
  checkOptions(options);
  for (const extension of extensions) {
    if (extension.name !== deflateExtensionName) continue;
    const offer = parseParameters(extension);
    if (offer !== undefined) return accept(offer, options);
  }
  return undefined;
}

function accept(offer: DeflateOffer, options: DeflateOptions): { agreement: DeflateAgreement; extension: Extension } {
  const wishedOfServer = options.serverMaxWindowBits ?? defaultWindowBits;
  const wishedOfClient = options.clientMaxWindowBits ?? defaultWindowBits;
  const agreement: DeflateAgreement = {
    // RFC 7692 §7.1.1.1: "A server accepts an extension negotiation offer that includes the "server_no_context_takeover"
    // extension parameter by including the "server_no_context_takeover" extension parameter in the … response".
    serverNoContextTakeover: offer.serverNoContextTakeover || (options.serverNoContextTakeover ?? false),
    // RFC 7692 §7.1.1.2: offered, it says that the client won't use its context in any case: so it can be agreed on.
    clientNoContextTakeover: offer.clientNoContextTakeover || (options.clientNoContextTakeover ?? false),
    // RFC 7692 §7.1.2.1: "with the same or smaller value as the offer".
    serverMaxWindowBits: Math.min(offer.serverMaxWindowBits ?? largestWindowBits, wishedOfServer),
    // RFC 7692 §7.1.2.2: "If a received extension negotiation offer doesn't have the "client_max_window_bits" extension
    // parameter, the corresponding extension negotiation response to the offer MUST NOT include [it]."
    clientMaxWindowBits:
      offer.clientMaxWindowBits === undefined
        ? largestWindowBits
        : Math.min(upperBound(offer.clientMaxWindowBits), wishedOfClient),
  };
  const { serverMaxWindowBits, clientMaxWindowBits } = agreement;
  const extension = toExtension({
    ...agreement,
    serverMaxWindowBits:
      offer.serverMaxWindowBits === undefined && serverMaxWindowBits === largestWindowBits
        ? undefined
        : serverMaxWindowBits,
    clientMaxWindowBits:
      typeof offer.clientMaxWindowBits !== 'number' && clientMaxWindowBits === largestWindowBits
        ? undefined
        : clientMaxWindowBits,
  });
  return { agreement, extension };
}

/** The client checks the server's answer to its offer. `undefined`: the connection must be failed (RFC 7692 §7.1). */
export function checkDeflate(extension: Extension, offer: DeflateOffer): DeflateAgreement | undefined {
  const answer = parseParameters(extension);
  // RFC 7692 §7.1.2.2: in an answer, "client_max_window_bits" has a value.
  if (answer === undefined || answer.clientMaxWindowBits === true) return undefined;
  // RFC 7692 §7.1.1.1, §7.1.2.1: what the client demands of the server is accepted by repeating it, or not at all.
  if (offer.serverNoContextTakeover && !answer.serverNoContextTakeover) return undefined;
  const serverMaxWindowBits = answer.serverMaxWindowBits ?? largestWindowBits;
  if (serverMaxWindowBits > upperBound(offer.serverMaxWindowBits)) return undefined;
  if (answer.clientMaxWindowBits !== undefined) {
    // RFC 7692 §7.1.2.2: not without an offer, and "with a value equal to or smaller than the received value".
    if (offer.clientMaxWindowBits === undefined) return undefined;
    if (answer.clientMaxWindowBits > upperBound(offer.clientMaxWindowBits)) return undefined;
  }
  return {
    serverMaxWindowBits,
    // Our own window: no larger than the server allows and than we said, or, having said nothing, than we like.
    clientMaxWindowBits: Math.min(
      answer.clientMaxWindowBits ?? largestWindowBits,
      typeof offer.clientMaxWindowBits === 'number' ? offer.clientMaxWindowBits : defaultWindowBits,
    ),
    serverNoContextTakeover: answer.serverNoContextTakeover,
    clientNoContextTakeover: answer.clientNoContextTakeover || offer.clientNoContextTakeover,
  };
}

function upperBound(bits: number | true | undefined): number {
  return typeof bits === 'number' ? bits : largestWindowBits;
}

/** RFC 7692 §7.1.2.1: "a decimal integer value without leading zeroes between 8 to 15, inclusive". */
const isWindowBits = (value: string | true): boolean => value !== true && /^(?:[89]|1[0-5])$/.test(value);
const isAbsent = (value: string | true): boolean => value === true;

/** What may be said at all, in an offer or in an answer to it. */
const parameterRules: ReadonlyMap<string, (value: string | true) => boolean> = new Map([
  ['server_no_context_takeover', isAbsent],
  ['client_no_context_takeover', isAbsent],
  ['server_max_window_bits', isWindowBits],
  ['client_max_window_bits', (value) => isAbsent(value) || isWindowBits(value)],
]);

/**
 * RFC 7692 §7 declines an offer, and fails an answer, that "contains an extension parameter not defined for use in [it]",
 * "contains an extension parameter with an invalid value" or "contains multiple extension parameters with the same name".
 */
function parseParameters({ parameters }: Extension): DeflateOffer | undefined {
  const values = new Map(parameters);
  if (values.size !== parameters.length) return undefined;
  for (const [name, value] of values) {
    if (parameterRules.get(name)?.(value) !== true) return undefined;
  }
  const serverMaxWindowBits = values.get('server_max_window_bits');
  const clientMaxWindowBits = values.get('client_max_window_bits');
  return {
    serverNoContextTakeover: values.has('server_no_context_takeover'),
    clientNoContextTakeover: values.has('client_no_context_takeover'),
    serverMaxWindowBits: serverMaxWindowBits === undefined ? undefined : Number(serverMaxWindowBits),
    clientMaxWindowBits: typeof clientMaxWindowBits === 'string' ? Number(clientMaxWindowBits) : clientMaxWindowBits,
  };
}

function toExtension(offer: DeflateOffer): Extension {
  const parameters: [string, string | true][] = [];
  if (offer.serverNoContextTakeover) parameters.push(['server_no_context_takeover', true]);
  if (offer.clientNoContextTakeover) parameters.push(['client_no_context_takeover', true]);
  if (offer.serverMaxWindowBits !== undefined)
    parameters.push(['server_max_window_bits', `${offer.serverMaxWindowBits}`]);
  if (offer.clientMaxWindowBits === true) parameters.push(['client_max_window_bits', true]);
  else if (offer.clientMaxWindowBits !== undefined) {
    parameters.push(['client_max_window_bits', `${offer.clientMaxWindowBits}`]);
  }
  return { name: deflateExtensionName, parameters };
}

function checkOptions({ serverMaxWindowBits, clientMaxWindowBits }: DeflateOptions): void {
  for (const [name, bits] of Object.entries({ serverMaxWindowBits, clientMaxWindowBits })) {
    if (bits === undefined || (Number.isInteger(bits) && bits >= 8 && bits <= largestWindowBits)) continue;
    throw new RangeError(`${name} must be an integer from 8 to 15, not ${bits}`);
  }
}
