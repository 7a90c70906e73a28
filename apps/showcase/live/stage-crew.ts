/** Who hosts. In this demonstration whoever takes the chair is the host, and the page says so. */
import { type Hub, HubError } from '@tidewire/hub';
import type { User } from '../shared/identity.ts';
import type { LiveContract, Show } from './contract.ts';
import type { Crowd } from './crowd.ts';

export class StageCrew {
  readonly #hub: Hub<LiveContract>;
  readonly #crowd: Crowd;
  #host: User | undefined;

  private constructor(hub: Hub<LiveContract>, crowd: Crowd, host: User | undefined) {
    this.#hub = hub;
    this.#crowd = crowd;
    this.#host = host;
  }

  /** Reads who hosted before. Call it once the hub knows the topics. */
  static async read(hub: Hub<LiveContract>, crowd: Crowd): Promise<StageCrew> {
    const [newest] = await hub.retained('live.show', {});
    return new StageCrew(hub, crowd, newest?.data.host);
  }

  isHost(user: { readonly id: string } | undefined): boolean {
    return user !== undefined && user.id === this.#host?.id;
  }

  /** Takes the chair, from somebody else too; or leaves it. */
  async setHost(user: User, hosts: boolean): Promise<Show> {
    if (!hosts && !this.isHost(user)) throw new HubError('denied', 'The chair is not yours');
    this.#host = hosts ? user : undefined;
    return await this.#tell();
  }

  async startCrowd(): Promise<Show> {
    this.#crowd.start();
    return await this.#tell();
  }

  async #tell(): Promise<Show> {
    const show: Show = { ...(this.#host && { host: this.#host }), crowdUntil: this.#crowd.until };
    await this.#hub.publish('live.show', {}, show);
    return show;
  }
}
