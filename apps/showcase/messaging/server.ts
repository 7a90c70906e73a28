/** Messaging: who may read and write what, and the calls. Only who is in a talk gets anything of it. */
import { type Hub, HubError, type User as HubUser, signedIn } from '@tidewire/hub';
import { type Application, pageIn } from '../application.ts';
import type { User } from '../shared/identity.ts';
import { contract, type MessagingContract } from './contract.ts';
import { maxGroups, maxPeople, Talks } from './talks.ts';

export const messaging: Application<MessagingContract> = {
  id: 'messaging',
  title: 'Messages',
  summary: 'Direct and group messages with receipts. What you write offline waits, and arrives once and in order.',
  page: pageIn(import.meta.url),
  contract,
  async start({ hub }) {
    let talks: Talks | undefined;
    definePolicies(hub, () => talks!);
    talks = await Talks.read(hub);
    answerCalls(hub, talks);
    return {
      figures: () => ({ 'people here': hub.presence('messaging.people', {}).count, groups: talks.groupCount }),
    };
  },
};

type About = { readonly user: HubUser | undefined; readonly talk: string };

function definePolicies(hub: Hub<MessagingContract>, talks: () => Talks): void {
  const members = ({ user, talk }: About): boolean => talks().isIn(user, talk);
  const ofTalk = { subscribe: members, history: members, publish: members };

  hub.topic('messaging.groups', { retain: true, key: ({ id }) => id, maxKeys: maxGroups });
  hub.topic('messaging.people', {
    slowReader: 'latest',
    key: ({ id }) => id,
    maxKeys: maxPeople,
    presence: 'members',
    allow: { subscribe: signedIn, presence: signedIn },
  });
  hub.topic('messaging.inbox.{owner}', {
    slowReader: 'latest',
    key: ({ id }) => id,
    maxKeys: 200,
    allow: { subscribe: ({ user, owner }) => user?.id === owner },
  });
  hub.topic('messaging.talk.{talk}', {
    history: { count: 1000, age: '90d', bytes: 2 << 20 },
    // Who was offline for a day still sends each message once.
    once: { age: '1d' },
    allow: ofTalk,
    rate: { count: 60, per: '10s' },
    maxBytes: 8 * 1024,
    accept(data, { user }) {
      if (data.type !== 'message') throw new HubError('denied', 'Only the server says what happens to a group');
      return { ...data, from: personOf(user) };
    },
  });
  hub.topic('messaging.marks.{talk}', {
    slowReader: 'latest',
    key: ({ user, kind }) => `${user} ${kind}`,
    maxKeys: 200,
    allow: ofTalk,
    maxBytes: 256,
    async accept({ kind, offset }, { user, talk }) {
      const { id } = personOf(user);
      const marks = await hub.retained('messaging.marks.{talk}', { talk });
      const [newest] = await hub.latest('messaging.talk.{talk}', { talk }, 1);
      const before = marks.find(({ data }) => data.user === id && data.kind === kind)?.data.offset ?? 0;
      // Of two windows one may be behind the other, and nobody has read what is not written yet.
      return { user: id, kind, offset: Math.max(before, Math.min(offset, newest?.position.offset ?? 0)) };
    },
  });
  hub.topic('messaging.typing.{talk}', {
    slowReader: 'drop-oldest',
    queue: { count: 20 },
    allow: ofTalk,
    rate: { count: 20, per: '10s' },
    maxBytes: 512,
    accept: ({ typing }, { user }) => ({ from: personOf(user), typing }),
  });
}

function answerCalls(hub: Hub<MessagingContract>, talks: Talks): void {
  const allow = { allow: signedIn };
  hub.handle('messaging.enter', allow, async ({ user }) => {
    await talks.enter(personOf(user));
    return null;
  });
  hub.handle('messaging.direct', allow, ({ user, input }) => talks.direct(personOf(user), input));
  hub.handle('messaging.group', allow, ({ user, input }) => talks.create(personOf(user), input));
  hub.handle('messaging.add', allow, ({ user, input }) => talks.add(personOf(user), input.group, input.members));
  hub.handle('messaging.leave', allow, ({ user, input }) => talks.leave(personOf(user), input));
}

/** As the token says. Rules have let nobody through who has none. */
function personOf(user: HubUser | undefined): User {
  return { id: user!.id, name: String(user!['name']) };
}
