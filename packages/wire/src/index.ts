/** Tidewire: WebSocket, whole. A table of contents, no logic. */
export { type CloseStatus, closeCodes } from './protocol/close.ts';
export type { Closed, State } from './protocol/connection.ts';
export { LocalProtocolError, RemoteProtocolError } from './protocol/errors.ts';
export { defaultLimits, type Limits } from './protocol/limits.ts';
export type { DeflateOptions } from './protocol/permessage-deflate.ts';
export type { Role } from './protocol/role.ts';
export type { Violation } from './protocol/violations.ts';
export { type DrainOptions } from './server/drain.ts';
export { Group, type GroupSendOptions } from './server/group.ts';
export type { OriginPolicy } from './server/origin.ts';
export type { Acceptance, Route, SubprotocolChoice } from './server/route.ts';
export type { ParamsOf } from './server/routes.ts';
export { type CloseOptions, type RouteTable, type Server, type ServeOptions, serve } from './server/serve.ts';
export { ServerSocket } from './server/server-socket.ts';
export { UpgradeRequest } from './server/upgrade-request.ts';
export { type Clock, systemClock } from './socket/clock.ts';
export type { Message } from './socket/inbox.ts';
export { PreparedMessage } from './socket/prepared-message.ts';
export {
  HeartbeatError,
  type OnError,
  type Sendable,
  type SendOptions,
  SlowPeerError,
  Socket,
  type SocketHandlers,
} from './socket/socket.ts';
export type { CompressionOptions, SocketOptions } from './socket/socket-options.ts';
