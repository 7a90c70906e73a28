/** The protocol alone, for other transports: RFC 6455 and RFC 7692 without I/O. A table of contents, no logic. */
export * from './close.ts';
export * from './connection.ts';
export * from './errors.ts';
export * from './frame.ts';
export * from './framer.ts';
export { acceptFor, createKey, type HeaderField, protocolVersion } from './handshake.ts';
export * from './handshake-request.ts';
export * from './handshake-response.ts';
export { type Extension, HeaderFields, parseExtensions, serializeExtensions } from './header-fields.ts';
export * from './limits.ts';
export * from './permessage-deflate.ts';
export * from './platform.ts';
export type { MessageEvents, MessageKind } from './receiver.ts';
export * from './role.ts';
export { isUtf8, Utf8Check } from './utf8.ts';
export * from './violations.ts';
