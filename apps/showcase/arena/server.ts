/**
 * The arena: the server has the last word on where everybody is. Nothing runs while nobody plays.
 *
 * Players publish what they want on `arena.input`, a topic that keeps nothing and that nobody may read: a publication without
 * acknowledgement is one small message one way, where a call would be a message back and a timer, up to thirty times a
 * second and player. An input that gets lost is made up for by the next, and the next snapshot says which one was seen: so
 * there is nothing that an answer could add.
 *
 * Snapshots go through a topic with `latest` that is not retained: the disk never sees them, and of a reader that is slow only
 * the newest one is kept back.
 */
import { everyone, type Hub, HubError, type User as HubUser, signedIn } from '@tidewire/hub';
import { type Application, pageIn } from '../application.ts';
import type { User } from '../shared/identity.ts';
import { type ArenaContract, contract } from './contract.ts';
import { Game, type GameOutlet } from './game.ts';
import { Loop } from './loop.ts';

export const arena: Application<ArenaContract> = {
  id: 'arena',
  title: 'Arena',
  summary: 'A small game against people and bots: thirty binary states a second, and the lag that you have.',
  page: pageIn(import.meta.url),
  contract,
  async start({ hub, onError }) {
    let stopped = false;
    const failed = (error: unknown): void => {
      if (!stopped) onError(error, { stage: 'arena' });
    };
    const game = new Game({ outlet: outletOf(hub, failed) });
    const loop = new Loop(() => {
      const goesOn = game.step();
      if (!goesOn) void game.save();
      return goesOn;
    });
    definePolicies(hub, game);
    await restore(hub, game);
    if (game.people > 0) loop.start();
    hub.handle('arena.join', { allow: signedIn }, ({ user, session }) => {
      const ticket = game.join(personOf(user), session);
      if (ticket === undefined) throw new HubError('too-many', 'Every seat is taken', { temporary: true });
      loop.start();
      return ticket;
    });
    return {
      figures: () => ({ 'people play': game.people, watch: hub.presence('arena.state', {}).count }),
      async stop() {
        loop.stop();
        await game.save();
        stopped = true;
      },
    };
  },
};

function definePolicies(hub: Hub<ArenaContract>, game: Game): void {
  hub.topic('arena.state', {
    slowReader: 'latest',
    retain: false,
    presence: 'count',
    allow: { subscribe: everyone },
  });
  hub.topic('arena.input', {
    allow: { publish: signedIn },
    rate: { count: 50, per: '1s' },
    maxBytes: 64,
    accept(data, { user, session }) {
      game.input(user!.id, session.id, data);
      return data;
    },
  });
  for (const topic of ['arena.players', 'arena.best'] as const)
    hub.topic(topic, { slowReader: 'latest', allow: { subscribe: everyone } });
}

async function restore(hub: Hub<ArenaContract>, game: Game): Promise<void> {
  const [players] = await hub.retained('arena.players', {});
  const [best] = await hub.retained('arena.best', {});
  game.restore(players?.data ?? [], best?.data ?? []);
}

function outletOf(hub: Hub<ArenaContract>, failed: (error: unknown) => void): GameOutlet {
  return {
    state: (snapshot) => void hub.publish('arena.state', {}, snapshot).catch(failed),
    players: (players) => hub.publish('arena.players', {}, players).catch(failed),
    best: (best) => hub.publish('arena.best', {}, best).catch(failed),
  };
}

/** As the token says. */
function personOf(user: HubUser | undefined): User {
  return { id: user!.id, name: String(user!['name']) };
}
