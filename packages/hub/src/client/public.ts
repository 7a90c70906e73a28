/** The public names of the client that do not depend on where it runs. A table of contents, no logic. */
export { anything, type Contract, defineContract } from '../contract/contract.ts';
export { HubError, type HubErrorCode } from '../contract/errors.ts';
export type { Position, Publisher } from '../contract/publication.ts';
export type { Serializer } from '../wamp/serializers/serializer.ts';
export type { CallOptions } from './call.ts';
export type { BrowserHubOptions, ClientOptions, Clock } from './client-options.ts';
export type { History, HistoryEntry, HistoryOptions } from './history.ts';
export { type HubClient, openHub, type ParamsArgument, type Topic } from './hub-client.ts';
export type { HubClosed, HubState, HubStatus } from './link.ts';
export type {
  OutboxChange,
  OutboxOptions,
  OutboxStorage,
  PendingPublication,
  Published,
  PublishOptions,
} from './outbox.ts';
export { outboxStorage } from './outbox-storage.ts';
export type { Member, Presence } from './presence.ts';
export type { Invocation, Registration } from './procedures.ts';
export type {
  CaughtUpItem,
  GapItem,
  JoinedItem,
  PublicationItem,
  SubscribeOptions,
  TopicItem,
} from './subscription.ts';
