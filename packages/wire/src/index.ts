/** Tidewire: WebSocket, whole. A table of contents, no logic. */
export type { BackoffOptions } from './client/backoff.ts';
export {
  type ConnectOptions,
  connect,
  type NodeOpenerOptions,
  nodeOpener,
  type ReconnectingConnectOptions,
} from './client/connect.ts';
export { HandshakeRejected } from './client/handshake-rejected.ts';
export type { Fresh, OpenConnection, Opener } from './client/opener.ts';
export type {
  ReconnectHandlers,
  ReconnectingSocketOptions,
  ReconnectOptions,
  Waiting,
} from './client/reconnect-options.ts';
export { type JudgedError, shouldReconnect } from './client/reconnect-policy.ts';
export { ReceiveQueueError, ReconnectingSocket, type ReconnectingState } from './client/reconnecting.ts';
export { steadyClock } from './client/steady-clock.ts';
export type { WatchdogOptions } from './client/watchdog.ts';
export { WebSocket, type WebSocketOptions } from './client/websocket.ts';
export { type CloseStatus, closeCodes } from './protocol/close.ts';
export type { Closed, State } from './protocol/connection.ts';
export { LocalProtocolError, RemoteProtocolError } from './protocol/errors.ts';
export { defaultLimits, type Limits } from './protocol/limits.ts';
export type { DeflateOptions } from './protocol/permessage-deflate.ts';
export type { Role } from './protocol/role.ts';
export type { Violation } from './protocol/violations.ts';
export type { DrainOptions } from './server/drain.ts';
export { Group, type GroupSendOptions } from './server/group.ts';
export type { OriginPolicy } from './server/origin.ts';
export { type Acceptance, type Route, route, type SubprotocolChoice } from './server/route.ts';
export type { ParamsOf } from './server/routes.ts';
export { type CloseOptions, type RouteTable, type ServeOptions, type Server, serve } from './server/serve.ts';
export { ServerSocket } from './server/server-socket.ts';
export { UpgradeRequest } from './server/upgrade-request.ts';
export { type Clock, systemClock } from './socket/clock.ts';
export type { Message } from './socket/inbox.ts';
export type { OnError } from './socket/on-error.ts';
export { PreparedMessage, PreparedMessages } from './socket/prepared-message.ts';
export { type Sendable, type SendOptions, Socket, type SocketHandlers } from './socket/socket.ts';
export { HeartbeatError, SlowPeerError } from './socket/socket-core.ts';
export type { CompressionOptions, SocketOptions } from './socket/socket-options.ts';
export { atEndOfTurn } from './socket/turn.ts';
