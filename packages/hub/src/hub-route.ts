/**
 * A hub behind a path of a server: chooses what is spoken on each socket, and hands its messages there.
 *
 *   any token of WAMP's, in the client's order  ─▶ WAMP
 *   else `soap`, where a service is given       ─▶ SOAP
 *   else, where `plain` is given                ─▶ messages without a subprotocol
 *   else                                        ─▶ 426, with the names of what is spoken here
 *
 * Where nobody is let in unknown, a handshake without WAMP's has to say who it is: else 401.
 */
import type { Route, ServerSocket, SocketOptions, UpgradeRequest } from 'tidewire';
import type { Hub } from './hub/hub.ts';
import type { HubCore } from './hub/hub-core.ts';
import type { Admission } from './hub/user.ts';
import { type WampOptions, WampRealm } from './wamp/realm.ts';
import { wampSubprotocols } from './wamp/serializers/subprotocols.ts';
import { WampSocket } from './wamp/wamp-socket.ts';

/** What is spoken on one socket. */
export interface Conversation {
  /** A message. While a returned promise is pending, the next one waits. */
  message(data: string | Uint8Array): unknown;
  pong?(payload: Uint8Array): void;
  /** The socket has ended. */
  closed(): void;
}

/** What can be spoken on a socket: `soapOnHub` and `plainOnHub` make some. */
export interface SpokenHere {
  /** Judges a handshake; a Response refuses it. @default everybody may */
  accept?(request: UpgradeRequest<any>): Response | undefined;
  /** @param admission who the handshake said that it is; `undefined`: nobody */
  open(socket: ServerSocket<any, any>, admission: Admission | undefined): Conversation;
}

/** How a hub's sockets behave; those of the wire, WAMP's, and what is spoken beside it. */
export interface HubRouteOptions
  extends WampOptions,
    SocketOptions,
    Pick<Route<any, any>, 'origin' | 'insecureAllowMissingHost'> {
  /** What is spoken with those who offer `soap` and none of WAMP's subprotocols. @default they are refused */
  readonly soap?: SpokenHere;
  /** What is spoken with those who offer neither. @default they are refused */
  readonly plain?: SpokenHere;
}

/** The `data` of a hub's sockets. */
export interface HubSocketData {
  readonly speaks: 'wamp' | 'soap' | 'plain';
  /** Who the WebSocket's handshake said that it is. */
  readonly admission: Admission | undefined;
}

type HubSocket = ServerSocket<HubSocketData, any>;
type Languages = Readonly<Record<HubSocketData['speaks'], SpokenHere | undefined>>;

const soapSubprotocol = 'soap';

/** A route for `serve({ routes })` that leads to a hub. @throws RangeError, TypeError on options that make no sense */
export function hubRoute(hub: Hub<any>, options: HubRouteOptions = {}): Route<HubSocketData, any> {
  const { core } = hub;
  const { limits, compression, heartbeat, closeTimeout, highWaterMark, origin, insecureAllowMissingHost } = options;
  const realm = new WampRealm(core, options);
  const languages: Languages = {
    wamp: { open: (socket, admission) => new WampSocket(realm, socket, admission) },
    soap: options.soap,
    plain: options.plain,
  };
  const conversations = new WeakMap<HubSocket, Conversation>();
  return {
    ...{ limits, compression, heartbeat, closeTimeout, highWaterMark, origin, insecureAllowMissingHost },
    async upgrade(request) {
      const choice = choose(request, languages);
      if ('status' in choice) return choice;
      const { speaks, subprotocol } = choice;
      const admission = await admissionOf(core, request);
      // WAMP asks on after the handshake; what else is spoken does not.
      if (speaks !== 'wamp' && !core.letsIn(admission)) return unauthenticated();
      return { data: { speaks, admission }, subprotocol };
    },
    open(socket: HubSocket) {
      const { speaks, admission } = socket.data;
      conversations.set(socket, languages[speaks]!.open(socket, admission));
    },
    message: (socket: HubSocket, data) => conversations.get(socket)?.message(data),
    pong: (socket: HubSocket, payload) => conversations.get(socket)?.pong?.(payload),
    close: (socket: HubSocket) => conversations.get(socket)?.closed(),
  };
}

interface Choice {
  readonly speaks: HubSocketData['speaks'];
  readonly subprotocol?: string;
}

function choose(request: UpgradeRequest<any>, { soap, plain }: Languages): Choice | Response {
  const { subprotocols } = request;
  const token = subprotocols.find((offered) => (wampSubprotocols as readonly string[]).includes(offered));
  if (token !== undefined) return { speaks: 'wamp', subprotocol: token };
  // RFC 6455 lets a server only choose what was offered, to the letter; clients of WCF don't mind its case.
  const soapToken = subprotocols.find((offered) => offered.toLowerCase() === soapSubprotocol);
  if (soap !== undefined && soapToken !== undefined) {
    return soap.accept?.(request) ?? { speaks: 'soap', subprotocol: soapToken };
  }
  if (plain === undefined) return refusal(soap !== undefined);
  return plain.accept?.(request) ?? { speaks: 'plain' };
}

/** RFC 9110 §15.5.22: 426 says to which protocol the client has to change, in `Upgrade`; the subprotocols stand beside. */
function refusal(soap: boolean): Response {
  const names = [...wampSubprotocols, ...(soap ? [soapSubprotocol] : [])].join(', ');
  const headers = {
    Upgrade: 'websocket',
    'Sec-WebSocket-Protocol': names,
    'Content-Type': 'text/plain; charset=utf-8',
  };
  return new Response(`Offer one of the WebSocket subprotocols that are spoken here: ${names}\n`, {
    status: 426,
    headers,
  });
}

/**
 * RFC 9110 §15.5.2: 401 has to name a challenge; a peer with another proof in its handshake than a token of this kind may
 * come in as well. Clients of WCF tell their user what is in that field.
 */
function unauthenticated(): Response {
  const headers = { 'WWW-Authenticate': 'Bearer', 'Content-Type': 'text/plain; charset=utf-8' };
  const says =
    'unauthenticated: this handshake does not say who you are, by a Cookie or an Authorization field that holds\n';
  return new Response(says, { status: 401, headers });
}

/** Who a handshake with a cookie or an Authorization field is from. The hub's authenticator may not look at either. */
async function admissionOf(core: HubCore, request: UpgradeRequest<any>): Promise<Admission | undefined> {
  const { cookie, authorization } = request.raw.headers;
  if (!core.authenticates || (cookie === undefined && authorization === undefined)) return undefined;
  try {
    return await core.admit({ request });
  } catch (error) {
    core.report(error, 'authenticate');
    return undefined;
  }
}
