/**
 * EVENTs of one subscription id, framed once for all of its receivers that read the same serialization. What is made of a run
 * is kept with the run, and goes with it; what goes to those who are behind, or come back, is kept as long as its
 * publication is.
 */
import { PreparedMessage, PreparedMessages } from 'tidewire';
import { type Publication, positionOf } from '../contract/publication.ts';
import type { Run } from '../hub/run.ts';
import { type MessageOf, toList } from './messages.ts';
import type { Dict } from './options.ts';
import { argumentsOf } from './payloads.ts';
import type { Serializer, SerializerName } from './serializers/serializer.ts';

/** Of one serializer. */
interface Shelf {
  readonly of: SerializerName;
  /** For those who are behind or come back; most topics have nobody who is. */
  late: WeakMap<Publication, PreparedMessage> | undefined;
}

/** A run as everybody gets it. */
export interface FramedRun {
  readonly frame: PreparedMessage | PreparedMessages;
  /** Of each of its EVENTs. */
  readonly sizes: readonly number[];
}

/** What one serializer's receivers of a run share. */
interface RunFrames {
  /** By the place in the run. */
  readonly frames: (PreparedMessage | undefined)[];
  whole: FramedRun | undefined;
  /** The same for those whom some before them were not for: by place, and how many. */
  afterSkipped: Map<number, Map<number, PreparedMessage>> | undefined;
}

/** So many different counts are framed once each; whoever has another gets a frame apart. */
const mostCounts = 8;

export class EventFrames {
  readonly #subscription: number;
  readonly #ofMany: boolean;
  /** As a rule one. */
  readonly #shelves: Shelf[] = [];

  /** @param ofMany the subscription is to many topics, so that its EVENTs name theirs */
  constructor(subscription: number, ofMany: boolean) {
    this.#subscription = subscription;
    this.#ofMany = ofMany;
  }

  /** A whole run. */
  run(run: Run, serializer: Serializer): FramedRun {
    const made = this.#madeOf(run, serializer);
    if (made.whole === undefined) {
      const frames = run.publications.map((publication, place) => this.#inRun(made, publication, place, serializer));
      const sizes = frames.map(({ size }) => size);
      made.whole = { frame: frames.length === 1 ? frames[0]! : new PreparedMessages(frames), sizes };
    }
    return made.whole;
  }

  /** One of a run, for those whom so many before it were not for: as a rule the same ones for all of them. */
  ofRun(run: Run, publication: Publication, serializer: Serializer, skipped: number): PreparedMessage {
    const made = this.#madeOf(run, serializer);
    const place = publication.offset - run.publications[0]!.offset;
    if (skipped === 0) return this.#inRun(made, publication, place, serializer);
    const all = (made.afterSkipped ??= new Map());
    let frames = all.get(place);
    if (frames === undefined) all.set(place, (frames = new Map()));
    let frame = frames.get(skipped);
    if (frame === undefined) {
      frame = this.apart(publication, serializer, skippedDetails(skipped));
      if (frames.size < mostCounts) frames.set(skipped, frame);
    }
    return frame;
  }

  /** One that is sent by itself: to those who are behind, or come back. */
  late(publication: Publication, serializer: Serializer): PreparedMessage {
    const late = (this.#shelf(serializer.name).late ??= new WeakMap());
    let frame = late.get(publication);
    if (frame === undefined) late.set(publication, (frame = this.apart(publication, serializer, {})));
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

  #inRun(made: RunFrames, publication: Publication, place: number, serializer: Serializer): PreparedMessage {
    return (made.frames[place] ??= this.apart(publication, serializer, {}));
  }

  #madeOf(run: Run, { name }: Serializer): RunFrames {
    return run.made(this.#shelf(name), noFrames);
  }

  #shelf(name: SerializerName): Shelf {
    for (const shelf of this.#shelves) if (shelf.of === name) return shelf;
    const shelf = { of: name, late: undefined };
    this.#shelves.push(shelf);
    return shelf;
  }
}

const noFrames = (): RunFrames => ({ frames: [], whole: undefined, afterSkipped: undefined });

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
