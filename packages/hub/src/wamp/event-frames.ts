/**
 * EVENTs of one subscription id, framed once for all of its receivers that read the same serialization. The newest one is at
 * hand; what is replayed to those who come back is kept as long as its publication is.
 */
import { PreparedMessage } from 'tidewire';
import { type Publication, positionOf } from '../hub/publication.ts';
import { type MessageOf, toList } from './messages.ts';
import type { Dict } from './options.ts';
import { argumentsOf } from './payloads.ts';
import type { Serializer, SerializerName } from './serializers/serializer.ts';

/** What one serializer's receivers share. */
interface Shelf {
  newest: Publication;
  frame: PreparedMessage;
  readonly replayed: WeakMap<Publication, PreparedMessage>;
}

export class EventFrames {
  readonly #subscription: number;
  readonly #ofMany: boolean;
  readonly #shelves = new Map<SerializerName, Shelf>();

  /** @param ofMany the subscription is to many topics, so that its EVENTs name theirs */
  constructor(subscription: number, ofMany: boolean) {
    this.#subscription = subscription;
    this.#ofMany = ofMany;
  }

  /** The frame that everybody gets. `replayed`: it is an old one, asked for by somebody who came back. */
  shared(publication: Publication, serializer: Serializer, replayed: boolean): PreparedMessage {
    const shelf = this.#shelves.get(serializer.name);
    if (shelf?.newest === publication) return shelf.frame;
    const known = shelf?.replayed.get(publication);
    if (known !== undefined) return known;
    const frame = this.apart(publication, serializer, {});
    if (shelf === undefined) {
      this.#shelves.set(serializer.name, { newest: publication, frame, replayed: new WeakMap() });
    } else if (replayed || isBefore(publication, shelf.newest)) shelf.replayed.set(publication, frame);
    else {
      shelf.newest = publication;
      shelf.frame = frame;
    }
    return frame;
  }

  /** A frame for one receiver, with Details of its own. */
  apart(publication: Publication, serializer: Serializer, own: Dict): PreparedMessage {
    const details = { ...eventDetails(publication, this.#ofMany), ...own };
    const event: MessageOf<'EVENT'> = {
      type: 'EVENT',
      subscription: this.#subscription,
      publication: publication.id,
      details,
      ...argumentsOf(publication),
    };
    return new PreparedMessage(serializer.serialize(toList(event)));
  }
}

/** Somebody slow is behind the newest one, and is not alone there. */
function isBefore(publication: Publication, newest: Publication): boolean {
  return publication.topic === newest.topic && publication.epoch === newest.epoch && publication.offset < newest.offset;
}

function eventDetails(publication: Publication, ofMany: boolean): Dict {
  const { publisher, topic, time } = publication;
  return {
    _tidewire_position: positionOf(publication),
    _tidewire_time: time,
    ...(ofMany && { topic }),
    ...(publisher && {
      publisher: publisher.session,
      ...(publisher.user !== undefined && { publisher_authid: publisher.user }),
      ...(publisher.role !== undefined && { publisher_authrole: publisher.role }),
    }),
  };
}
