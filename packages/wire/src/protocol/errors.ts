/**
 * Whose fault it was decides the class (an idea of h11): `LocalProtocolError` is thrown at our own caller, at once;
 * `RemoteProtocolError` describes what the peer did and is never thrown by a function that takes bytes.
 */
import { frameViolations, requestViolations, responseViolations, type Violation } from './violations.ts';

/** Our caller asked for something that RFC 6455 does not allow to be sent. */
export class LocalProtocolError extends Error {
  override readonly name = 'LocalProtocolError';
}

/** The peer broke the protocol, or a limit. `code` is a row of the table of violations. */
export class RemoteProtocolError extends Error {
  override readonly name = 'RemoteProtocolError';
  readonly code: Violation;
  /** The clause that was broken, for example `RFC 6455 §5.1`. */
  readonly section: string;
  /** The close code that the peer gets, when the connection was open. */
  readonly closeCode: number | undefined;
  /** The HTTP status that the peer gets, when it was a request. */
  readonly status: number | undefined;

  constructor(code: Violation, detail?: string, options?: ErrorOptions) {
    const row: { section: string; says: string; close?: number; status?: number } = {
      ...frameViolations,
      ...requestViolations,
      ...responseViolations,
    }[code];
    super(detail ? `${row.says}: ${detail}` : row.says, options);
    this.code = code;
    this.section = row.section;
    this.closeCode = row.close;
    this.status = row.status;
  }
}
