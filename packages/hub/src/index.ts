/** Tidewire's hub: topics, presence and calls over WebSocket, in WAMP and beside it. A table of contents, no logic. */

export type { OnError } from 'tidewire';
export { anything, type CallContract, type Contract, defineContract } from './contract/contract.ts';
export { HubError, type HubErrorCode, type HubErrorOptions, hubErrors } from './contract/errors.ts';
export type { Audience, Payload, Position, Publication, Publisher, Receivers } from './contract/publication.ts';
export { type CreateHubOptions, createHub, RoutedHub } from './create-hub.ts';
export type { Engine } from './engine/engine.ts';
export { type MemoryEngine, type MemoryEngineOptions, memoryEngine } from './engine/memory.ts';
export { type SqliteEngineOptions, sqliteEngine } from './engine/sqlite.ts';
export { type Access, type AccessBase, everyone, type Rule, signedIn } from './hub/access.ts';
export type { CallOptions, CancelMode } from './hub/call.ts';
export type { Duration } from './hub/duration.ts';
export {
  type HandleOptions,
  type HandlerContext,
  Hub,
  type HubOptions,
  type HubStatus,
  type Receipt,
} from './hub/hub.ts';
export { type JwtOptions, jwt } from './hub/jwt.ts';
export { defaultHubLimits, type HubLimits } from './hub/limits.ts';
export { type EndReason, endCodes, type Peer, type SubscriptionEnd } from './hub/peer.ts';
export type { SlowReader, TopicPolicy } from './hub/policy.ts';
export type { Member, PresenceChange } from './hub/presence.ts';
export type { Invoke, ProcedurePolicy } from './hub/procedures.ts';
export type { HistoryRequest, PublishOptions, Session } from './hub/session.ts';
export type { SubscribeOptions, Subscription } from './hub/subscription.ts';
export type { Match } from './hub/uri-match.ts';
export type { Admission, Authenticator, Credentials, User } from './hub/user.ts';
export { defaultWindow, type WindowLimits } from './hub/window.ts';
export { type Conversation, type HubRouteOptions, type HubSocketData, hubRoute, type SpokenHere } from './hub-route.ts';
export { openRouter } from './open-router.ts';
export { type PlainOnHub, plainOnHub } from './plain/on-hub.ts';
export {
  hubFaultNamespace,
  type SoapOnHub,
  type SoapOperationOnHub,
  type SoapTopicOnHub,
  soapOnHub,
} from './soap/on-hub.ts';
export type { Secret, SecretLookup, Ticket, TicketCheck } from './wamp/authentication.ts';
export { deriveKey, type KeyDerivation } from './wamp/authentication-wampcra.ts';
export type { WampLimits, WampOptions } from './wamp/realm.ts';
export { type WampSubprotocol, wampSubprotocols } from './wamp/serializers/subprotocols.ts';
