/**
 * EVENTs of one subscription id, framed once for all of its receivers that read the same serialization. The newest one is at
 * hand; what goes to those who are behind, or come back, is kept as long as its publication is.
 */
import { PreparedMessage } from 'tidewire';
import { type Publication, positionOf } from '../contract/publication.ts';
import { type MessageOf, toList } from './messages.ts';
import type { Dict } from './options.ts';
import { argumentsOf } from './payloads.ts';
import type { Serializer, SerializerName } from './serializers/serializer.ts';

/** What one serializer's receivers share. */
interface Shelf {
  newest: Publication | undefined;
  frame: PreparedMessage | undefined;
  readonly late: WeakMap<Publication, PreparedMessage>;
  /** Frames of one publication, by how many before it were not for their receivers. */
  afterSkipped: { readonly of: Publication; readonly frames: Map<number, PreparedMessage> } | undefined;
}

/** So many different counts are framed once each; whoever has another gets a frame apart. */
const mostCounts = 8;

export class EventFrames {
  readonly #subscription: number;
  readonly #ofMany: boolean;
  readonly #shelves = new Map<SerializerName, Shelf>();

  /** @param ofMany the subscription is to many topics, so that its EVENTs name theirs */
  constructor(subscription: number, ofMany: boolean) {
    this.#subscription = subscription;
    this.#ofMany = ofMany;
  }

  /** The frame that everybody gets. `late`: its publication is not the topic's newest any more. */
  shared(publication: Publication, serializer: Serializer, late: boolean): PreparedMessage {
    const shelf = this.#shelf(serializer.name);
    if (shelf.newest === publication) return shelf.frame!;
    let frame = late ? shelf.late.get(publication) : undefined;
    if (frame !== undefined) return frame;
    frame = this.apart(publication, serializer, {});
    if (late) shelf.late.set(publication, frame);
    else {
      shelf.newest = publication;
      shelf.frame = frame;
      if (shelf.afterSkipped?.of !== publication) shelf.afterSkipped = undefined;
    }
    return frame;
  }

  /**
   * The frame for those whom so many before this publication were not for: as a rule the same ones for all of them. `late`
   * is as above, and these have it framed apart.
   */
  afterSkipped(publication: Publication, serializer: Serializer, skipped: number, late: boolean): PreparedMessage {
    if (late) return this.apart(publication, serializer, skippedDetails(skipped));
    const shelf = this.#shelf(serializer.name);
    if (shelf.afterSkipped?.of !== publication) shelf.afterSkipped = { of: publication, frames: new Map() };
    const { frames } = shelf.afterSkipped;
    let frame = frames.get(skipped);
    if (frame === undefined) {
      frame = this.apart(publication, serializer, skippedDetails(skipped));
      if (frames.size < mostCounts) frames.set(skipped, frame);
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

  #shelf(name: SerializerName): Shelf {
    let shelf = this.#shelves.get(name);
    if (shelf === undefined) {
      shelf = { newest: undefined, frame: undefined, late: new WeakMap(), afterSkipped: undefined };
      this.#shelves.set(name, shelf);
    }
    return shelf;
  }
}

/** So many since the last EVENT were not for this receiver. */
export function skippedDetails(skipped: number): Dict {
  return { _tidewire_skipped: skipped };
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
