/** HTTP answers on a stream that Node's HTTP server has handed over with an upgrade: they are ours to write. */
import type { Duplex } from 'node:stream';
import { refusalFields } from '../protocol/handshake-response.ts';
import { type RequestViolation, requestViolations } from '../protocol/violations.ts';
import type { Clock } from '../socket/clock.ts';
import { http } from '../socket/node-http.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Uint8Array;
}

/** What a client gets for breaking a rule of the opening handshake: the status, what to do instead, and why. */
export function answerToViolation(violation: RequestViolation): HttpAnswer {
  const { status, says, section } = requestViolations[violation];
  return plainAnswer(status, `${says} (${section})`, refusalFields(violation));
}

export function plainAnswer(
  status: number,
  text: string,
  headers: HttpAnswer['headers'] = [['Connection', 'close']],
): HttpAnswer {
  return { status, headers: [...headers, ['Content-Type', 'text/plain; charset=utf-8']], body: `${text}\n` };
}

/** Any Response of the Fetch standard, read whole. */
export async function answerFrom(response: Response): Promise<HttpAnswer> {
  if (response.status === 0) throw new TypeError('Response.error() is no answer that could be sent');
  const headers = [...response.headers].filter(([name]) => !framing.has(name));
  return {
    status: response.status,
    headers: [...headers, ['Connection', 'close']],
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

/** These say how this very answer lies on the wire, which is `writeAnswer`'s to say. */
const framing = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive']);

/** How long a refused client has (ms) to read its answer and close. */
const refusalLinger = 1000;

/** Writes an answer, and ends the stream: after a refused upgrade nobody knows what its other bytes are. */
export function writeAnswer(stream: Duplex, answer: HttpAnswer, clock: Clock): void {
  stream.on('error', ignoreError);
  if (stream.destroyed) return;
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  const bodyless = answer.status === 204 || answer.status === 304;
  const fields = [...answer.headers];
  if (!fields.some(([name]) => name.toLowerCase() === 'date')) fields.push(['Date', new Date().toUTCString()]);
  if (!bodyless) fields.push(['Content-Length', String(body.length)]);
  stream.write(headOf(answer.status, fields), 'latin1');
  stream.end(bodyless ? undefined : body);
  // The peer gets a moment to read the answer and to close; then the stream is cut.
  stream.resume();
  const timer = clock.setTimeout(() => stream.destroy(), refusalLinger);
  stream.once('close', () => clock.clearTimeout(timer));
}

/** Listens to the errors of a stream that is given up anyway, which would else be thrown out of the process. */
export function ignoreError(): void {}

/** The head of an HTTP/1.1 response. */
export function headOf(status: number, fields: Iterable<readonly [string, string]>): string {
  let head = `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`;
  return `${head}\r\n`;
}
