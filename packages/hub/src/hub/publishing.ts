/**
 * From a client's wish to publish to the log: right, rate, size, schema, the topic's last word, and then the engine. One after the
 * other for each session, so that what a client publishes keeps its order whatever each has to wait for; only the engine's
 * acknowledgement is not waited for before the next one's turn.
 */

import { validatedSoon } from '../contract/contract.ts';
import { HubError } from '../contract/errors.ts';
import type { Payload, Publisher } from '../contract/publication.ts';
import { type Appended, type Soon, then } from '../engine/engine.ts';
import { accessOf, demand } from './access.ts';
import { roleOf } from './audience.ts';
import { sizeOf } from './data.ts';
import type { HubCore } from './hub-core.ts';
import type { ResolvedPolicy } from './policy.ts';
import type { Buckets } from './rate-limit.ts';
import type { PublishOptions, Session } from './session.ts';

/** The longest key of idempotency, in characters. */
export const maxOnceKey = 256;

/** What the engine was given; it is not waited for before the next one's turn. */
interface Handed {
  readonly appended: Soon<Appended>;
}

const nobody: Promise<unknown> = Promise.resolve();

export class Publishing {
  readonly #session: Session;
  readonly #hub: HubCore;
  readonly #buckets: Buckets;
  /** Settles when the last one that had to wait has been handed to the engine, or refused. */
  #turn: Promise<unknown> = nobody;
  /** Those who have not been. */
  #inLine = 0;
  #waiting = 0;

  constructor(session: Session, hub: HubCore, buckets: Buckets) {
    this.#session = session;
    this.#hub = hub;
    this.#buckets = buckets;
  }

  /** As a rule there is nothing to wait for: the rules, the schema and the engine answer at once, and so does this. */
  publish(name: string, payload: Payload, options: PublishOptions): Soon<Appended> {
    if (this.#waiting >= this.#hub.limits.maxPublishing) {
      throw new HubError('too-many', 'Too many publications wait to be acknowledged');
    }
    const handed =
      this.#inLine === 0
        ? this.#accept(name, payload, options)
        : this.#turn.then(() => this.#accept(name, payload, options));
    if (handed instanceof Promise) return this.#wait(this.#lineUp(handed).then(({ appended }) => appended));
    return handed.appended instanceof Promise ? this.#wait(handed.appended) : handed.appended;
  }

  async #wait(appended: Promise<Appended>): Promise<Appended> {
    this.#waiting++;
    try {
      return await appended;
    } finally {
      this.#waiting--;
    }
  }

  /** Whoever comes next has to wait for this one. */
  #lineUp(handed: Promise<Handed>): Promise<Handed> {
    const done = (): void => {
      this.#inLine--;
    };
    this.#inLine++;
    this.#turn = handed.then(done, done);
    return handed;
  }

  #accept(name: string, payload: Payload, options: PublishOptions): Soon<Handed> {
    const { topics, clock } = this.#hub;
    const { value: policy, params } = topics.find(name);
    const access = accessOf(this.#session, name, params);
    return then(demand(policy.allow.publish, access, 'publish to'), () => {
      if (!this.#buckets.take(policy.rate, clock.now())) throw new HubError('rate-limited');
      const { once } = options;
      if (once !== undefined && (once === '' || once.length > maxOnceKey)) {
        throw new HubError('invalid', `A key has 1 to ${maxOnceKey} characters`);
      }
      const size = sizeOf(payload.data, policy.maxBytes);
      return then(validatedSoon(policy.schema, payload.data), (checked) =>
        then(policy.accept === undefined ? checked : policy.accept(checked, access), (data) =>
          then(this.#hub.ready(), () => this.#hand(name, policy, { data, size, payload }, options)),
        ),
      );
    });
  }

  #hand(
    name: string,
    policy: ResolvedPolicy,
    { data, size, payload }: { readonly data: unknown; readonly size: number; readonly payload: Payload },
    { once, audience, disclose = false }: PublishOptions,
  ): Handed {
    const session = this.#session;
    session.mustBeOpen();
    const { form } = payload;
    const appended = this.#hub.append(name, policy, {
      // Looked through once, unless the schema made another value of it, or the topic's last word could have changed it.
      ...(policy.accept === undefined && data === payload.data && { size }),
      // What the topic's last word made is the plain value.
      payload: form === undefined || policy.accept !== undefined ? { data } : { data, form },
      ...((policy.disclose || disclose) && { publisher: publisherOf(session) }),
      ...(audience !== undefined && { audience }),
      ...(once !== undefined && { once: { scope: scopeOf(session), key: once } }),
    });
    return { appended };
  }
}

/** Whose keys of idempotency these are. No user's are the hub's own, or those of everyone who is not signed in. */
function scopeOf({ user }: Session): string {
  return user === undefined ? 'anonymous' : `user ${user.id}`;
}

function publisherOf(session: Session): Publisher {
  const { id, user } = session;
  return { session: id, ...(user !== undefined && { user: user.id }), role: roleOf(session) };
}
