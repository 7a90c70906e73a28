/**
 * Live support: who may read and write what, and the calls. In this demonstration whoever enters the desk is an agent, and
 * the page says so; the role is kept, and everything else is as it would be.
 */
import { type Hub, HubError, type User as HubUser, signedIn } from '@tidewire/hub';
import { type Application, pageIn } from '../application.ts';
import type { User } from '../shared/identity.ts';
import { contract, type SupportContract } from './contract.ts';
import { maxTickets, Tickets } from './tickets.ts';

export const support: Application<SupportContract> = {
  id: 'support',
  title: 'Support',
  summary: 'A visitor’s widget and an agent’s desk: typing, presence, read marks, and a history that outlives both.',
  page: pageIn(import.meta.url),
  contract,
  async start({ hub }) {
    let tickets: Tickets | undefined;
    definePolicies(hub, () => tickets!);
    tickets = await Tickets.read(hub);
    answerCalls(hub, tickets);
    return {
      figures: () => ({
        'open tickets': tickets.openCount,
        'agents here': hub.presence('support.desk', {}).count,
      }),
    };
  },
};

type About = { readonly user: HubUser | undefined; readonly ticket: string };

function definePolicies(hub: Hub<SupportContract>, tickets: () => Tickets): void {
  const agents = ({ user }: Pick<About, 'user'>): boolean => tickets().isAgent(user);
  const concerned = ({ user, ticket }: About): boolean => tickets().sideOf(user, ticket) !== undefined;
  const writing = ({ user, ticket }: About): boolean => tickets().mayWrite(user, ticket);
  const ofTicket = (publish: typeof writing) => ({ subscribe: concerned, history: concerned, publish });

  hub.topic('support.agents', { retain: true, key: ({ id }) => id });
  hub.topic('support.desk', {
    slowReader: 'latest',
    key: ({ id }) => id,
    maxKeys: maxTickets,
    presence: 'members',
    // Visitors see which agents are here, by their ids.
    allow: { subscribe: agents, presence: signedIn },
  });
  hub.topic('support.lobby', { presence: 'members', allow: { subscribe: signedIn, presence: agents } });
  hub.topic('support.visitor.{visitor}', {
    retain: true,
    allow: { subscribe: ({ user, visitor }) => user?.id === visitor },
  });
  hub.topic('support.ticket.{ticket}', {
    history: { count: 500, age: '30d', bytes: 1 << 20 },
    allow: ofTicket(writing),
    rate: { count: 30, per: '10s' },
    maxBytes: 8 * 1024,
    accept(data, { user, ticket }) {
      if (data.type !== 'message') throw new HubError('denied', 'Only the server says what was done with a ticket');
      return { ...data, from: personOf(user), side: tickets().sideOf(user, ticket)! };
    },
  });
  hub.topic('support.read.{ticket}', {
    slowReader: 'latest',
    key: ({ side }) => side,
    allow: ofTicket(concerned),
    maxBytes: 256,
    async accept({ offset }, { user, ticket }) {
      const side = tickets().sideOf(user, ticket)!;
      const marks = await hub.retained('support.read.{ticket}', { ticket });
      const [newest] = await hub.latest('support.ticket.{ticket}', { ticket }, 1);
      const before = marks.find(({ data }) => data.side === side)?.data.offset ?? 0;
      // Of two windows one may be behind the other, and nobody has read what is not written yet.
      return { side, offset: Math.max(before, Math.min(offset, newest?.position.offset ?? 0)) };
    },
  });
  hub.topic('support.typing.{ticket}', {
    slowReader: 'drop-oldest',
    queue: { count: 20 },
    allow: ofTicket(writing),
    rate: { count: 20, per: '10s' },
    maxBytes: 512,
    accept: ({ typing }, { user }) => ({ from: personOf(user), typing }),
  });
}

function answerCalls(hub: Hub<SupportContract>, tickets: Tickets): void {
  const agents = { allow: ({ user }: Pick<About, 'user'>) => tickets.isAgent(user) };
  hub.handle('support.enter', { allow: signedIn }, async ({ user }) => {
    await tickets.setAgent(personOf(user), true);
    return null;
  });
  hub.handle('support.leave', { allow: signedIn }, async ({ user }) => {
    await tickets.setAgent(personOf(user), false);
    return null;
  });
  hub.handle('support.open', { allow: signedIn }, ({ user }) => tickets.open(personOf(user)));
  hub.handle('support.take', agents, ({ user, input }) => tickets.take(input, personOf(user)));
  hub.handle('support.close', { allow: signedIn }, ({ user, input }) => {
    if (tickets.sideOf(user, input) === undefined) throw new HubError('denied', 'This ticket is not yours');
    return tickets.close(input, personOf(user));
  });
}

/** As the token says. Rules have let nobody through who has none. */
function personOf(user: HubUser | undefined): User {
  return { id: user!.id, name: String(user!['name']) };
}
