/**
 * The live show: who may do what, and the calls. Reactions are published on a topic that keeps nothing and that nobody reads:
 * the server counts them as they pass, and tells the counts.
 */
import { everyone, type Hub, type User as HubUser, signedIn } from '@tidewire/hub';
import { type Application, pageIn } from '../application.ts';
import type { User } from '../shared/identity.ts';
import { contract, isOnLine, type LiveContract } from './contract.ts';
import { Crowd } from './crowd.ts';
import { Lines, maxLines } from './lines.ts';
import { maxVoters, Polls } from './polls.ts';
import { Reactions } from './reactions.ts';
import { StageCrew } from './stage-crew.ts';

export const live: Application<LiveContract> = {
  id: 'live',
  title: 'Live show',
  summary: 'Reactions by the thousand, comments, a poll, and a private line between two viewers.',
  page: pageIn(import.meta.url),
  contract,
  async start({ hub, onError }) {
    let stopped = false;
    const failed = (error: unknown): void => {
      if (!stopped) onError(error, { stage: 'live' });
    };
    let works: Works | undefined;
    definePolicies(hub, () => works!);
    works = await openWorks(hub, failed);
    answerCalls(hub, works);
    const { crowd, reactions, polls } = works;
    return {
      figures: () => ({ viewers: hub.presence('live.audience', {}).count, reactions: reactions.total }),
      async stop() {
        crowd.stop();
        await Promise.all([reactions.stop(), polls.tell()]);
        stopped = true;
      },
    };
  },
};

interface Works {
  readonly crowd: Crowd;
  readonly crew: StageCrew;
  readonly reactions: Reactions;
  readonly polls: Polls;
  readonly lines: Lines;
}

async function openWorks(hub: Hub<LiveContract>, failed: (error: unknown) => void): Promise<Works> {
  const [totals] = await hub.retained('live.reactions', {});
  const reactions = new Reactions(totals?.data, {
    publish: (counts) => hub.publish('live.reactions', {}, counts).catch(failed),
  });
  const crowd = new Crowd((counts) => reactions.add(counts));
  const crew = await StageCrew.read(hub, crowd);
  return { crowd, crew, reactions, polls: await Polls.read(hub, failed), lines: await Lines.read(hub) };
}

function definePolicies(hub: Hub<LiveContract>, works: () => Works): void {
  const toAll = { slowReader: 'latest', allow: { subscribe: everyone } } as const;
  hub.topic('live.audience', { presence: 'count', allow: { subscribe: everyone, presence: everyone } });
  for (const topic of ['live.show', 'live.reactions', 'live.poll'] as const) hub.topic(topic, toAll);
  hub.topic('live.react', {
    allow: { publish: signedIn },
    rate: { count: 15, per: '1s' },
    maxBytes: 128,
    accept(counts) {
      works().reactions.add(counts);
      return counts;
    },
  });
  hub.topic('live.comments', {
    history: { count: 100, age: '7d' },
    allow: { subscribe: everyone, history: everyone, publish: signedIn },
    rate: { count: 5, per: '10s' },
    maxBytes: 2048,
    accept({ id, text }, { user }) {
      const from = personOf(user);
      works().lines.commented(from);
      return { id, text, from };
    },
  });
  hub.topic('live.votes', { retain: true, key: ({ user }) => user, maxKeys: maxVoters });
  hub.topic('live.lines', { retain: true, key: ({ id }) => id, maxKeys: maxLines });
  hub.topic('live.inbox.{viewer}', {
    history: { count: 50, age: '7d' },
    retain: true,
    key: ({ id }) => id,
    maxKeys: 20,
    allow: { subscribe: ({ user, viewer }) => user?.id === viewer },
  });
  const theTwo = ({ user, line }: { user: HubUser | undefined; line: string }): boolean => isOnLine(user, line);
  hub.topic('live.line.{line}', {
    history: { count: 200, age: '7d' },
    allow: { subscribe: theTwo, history: theTwo, publish: ({ user, line }) => works().lines.mayWrite(user, line) },
    rate: { count: 20, per: '10s' },
    maxBytes: 2048,
    accept: ({ id, text }, { user }) => ({ id, text, from: personOf(user) }),
  });
}

function answerCalls(hub: Hub<LiveContract>, { crew, polls, lines }: Works): void {
  const all = { allow: signedIn };
  const host = { allow: ({ user }: { readonly user: HubUser | undefined }) => crew.isHost(user) };
  hub.handle('live.host', all, ({ user, input }) => crew.setHost(personOf(user), input));
  hub.handle('live.crowd', all, () => crew.startCrowd());
  hub.handle('live.poll.start', host, ({ user, input }) => polls.start(personOf(user), input));
  hub.handle('live.poll.close', host, () => polls.close());
  hub.handle('live.vote', all, ({ user, input }) => polls.vote(user!.id, input.poll, input.option));
  hub.handle('live.voted', all, ({ user, input }) => polls.voted(user!.id, input));
  hub.handle('live.line.ask', all, ({ user, input }) => lines.ask(personOf(user), input));
  hub.handle('live.line.answer', all, ({ user, input }) => lines.answer(user!, input.line, input.accept));
  hub.handle('live.line.end', all, ({ user, input }) => lines.end(user!, input));
}

/** As the token says. Rules have let nobody through who has none. */
function personOf(user: HubUser | undefined): User {
  return { id: user!.id, name: String(user!['name']) };
}
