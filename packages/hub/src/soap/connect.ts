/**
 * Opens a SOAP client over tidewire's `connect`: in Node with `soap-content-type`, as [MS-SWSB] §3.2 wants it; in a browser
 * without, since a page can't send header fields.
 */
import { connect } from 'tidewire';
import { SoapClient, type SoapClientOptions, SoapConnectionError } from './client.ts';
import type { SoapContract, SoapContractDefinition } from './contract.ts';
import { soapContentType, soapSubprotocol } from './handshake.ts';
import type { SoapData } from './message.ts';
import type { SoapPeer } from './session.ts';

export interface ConnectSoapOptions<D extends SoapContractDefinition = SoapContractDefinition>
  extends SoapClientOptions<D> {
  /** Further header fields of the opening handshake. Not in browsers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends everything, at any time. */
  readonly signal?: AbortSignal;
}

/** What this file uses of a socket; Node's and the browser's `connect` both give one. */
interface ConnectedSocket extends SoapPeer {
  readonly subprotocol: string;
}

/**
 * Connects to a service. It does not come back by itself after the connection was lost: what was called then is unknown, and
 * only the caller knows what may be called again.
 * @throws SoapConnectionError when the server does not choose `soap`, or says in its refusal which encoding it wants;
 *   otherwise what `connect` of tidewire throws
 */
export async function connectSoap<D extends SoapContractDefinition>(
  url: string | URL,
  contract: SoapContract<D>,
  options: ConnectSoapOptions<D> = {},
): Promise<SoapClient<D>> {
  const { headers, signal, ...clientOptions } = options;
  let client: SoapClient<D> | undefined;
  const clientOf = (socket: ConnectedSocket) => {
    client ??= new SoapClient(contract, socket, clientOptions);
    return client;
  };
  const socket: ConnectedSocket = await connect(url, {
    subprotocols: [soapSubprotocol],
    headers: { 'soap-content-type': soapContentType, ...headers },
    signal,
    message: (socket: ConnectedSocket, data: SoapData) => clientOf(socket).receive(data),
    close: (socket: ConnectedSocket, closed: { code: number; reason: string; error: Error | undefined }) =>
      clientOf(socket).ended(endOf(closed)),
  }).catch(explain);
  if (socket.subprotocol.toLowerCase() !== soapSubprotocol) {
    socket.close(1000);
    throw new SoapConnectionError('The server does not speak the WebSocket subprotocol "soap"');
  }
  return clientOf(socket);
}

function endOf(closed: { code: number; reason: string; error: Error | undefined }): Error | undefined {
  const { code, reason, error } = closed;
  if (code === 1000 || code === 1001) return undefined;
  return new SoapConnectionError(`The connection ended with ${code}${reason && `: ${reason}`}`, { cause: error });
}

/** A server that refuses names the encoding that it wants in its answer, as WCF's do. */
function explain(error: unknown): never {
  const headers: unknown = (error as { headers?: unknown } | undefined)?.headers;
  const wanted = headers instanceof Headers ? headers.get('soap-content-type') : null;
  if (wanted === null) throw error;
  throw new SoapConnectionError(`The server wants the messages as ${wanted}`, { cause: error });
}
