/** The live show's page. */
import { say } from '../shared/element.ts';
import { nameField } from '../shared/name-field.ts';
import { whole } from '../shared/numbers.ts';
import { type HubPage, onHub } from '../shared/on-hub.ts';
import { whileOnScreen } from '../shared/on-screen.ts';
import { PageTopics } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { storedOutbox } from '../shared/stored-outbox.ts';
import { Comments } from './comments.ts';
import { contract, type LiveContract } from './contract.ts';
import { Floats } from './floats.ts';
import { PollCard } from './poll-card.ts';
import { PrivateLines } from './private-lines.ts';
import { ReactionBar } from './reaction-bar.ts';
import { Stage, songAt } from './stage.ts';
import { Studio } from './studio.ts';

const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
const bar = new ReactionBar(partOf(document, '#live-reactions', HTMLElement));
const floats = new Floats(bar.kinds, still);
const stage = new Stage(partOf(document, '#live-stage', HTMLCanvasElement), floats, still);
const outbox = storedOutbox('live');
let page: HubPage<LiveContract> | undefined;
/** What came within the last second: when, and how many reactions. */
let arrivals: { readonly at: number; readonly count: number }[] = [];

partOf(document, '#live-who', HTMLElement).append(nameField());
onHub(contract, start, (user) => ({
  ...outbox(user),
  reconnect: { max: 3000 },
  watchdog: { interval: 5000, timeout: 3000 },
}));
whileOnScreen(partOf(document, '#live-stage', HTMLCanvasElement), play);
setInterval(measure, 250);

function start(current: HubPage<LiveContract>): void {
  page = current;
  const topics = new PageTopics(current);
  const { client } = topics;
  bar.page = topics;
  const lines = new PrivateLines(topics);
  new Comments(topics, (user) => void lines.ask(user));
  const poll = new PollCard(topics);
  const studio = new Studio(topics);
  topics.follow(client.topic('live.audience'), { publication: () => {} });
  topics.follow(client.topic('live.show'), { publication: (show) => studio.show(show) });
  topics.follow(client.topic('live.poll'), {
    publication: (newest) => {
      poll.show(newest);
      studio.poll(newest);
    },
  });
  followReactions(topics);
  void countViewers(current);
}

function followReactions(topics: PageTopics<LiveContract>): void {
  let before: readonly number[] | undefined;
  topics.follow(topics.client.topic('live.reactions'), {
    publication: (totals, { replayed }) => {
      const now = performance.now();
      const news = totals.map((total, i) => Math.max(0, total - (before?.[i] ?? total)));
      before = totals;
      bar.show(totals);
      // What happened while we were away does not rise now.
      if (replayed) return;
      arrivals.push({ at: now, count: news.reduce((sum, count) => sum + count, 0) });
      if (document.visibilityState === 'visible') floats.add(news, now);
    },
  });
}

async function countViewers({ client, signal }: HubPage<LiveContract>): Promise<void> {
  const presence = client.topic('live.audience').presence();
  signal.addEventListener('abort', () => void presence.return?.(), { once: true });
  for await (const { count } of presence)
    say(partOf(document, '#live-viewers', HTMLElement), count === 1 ? '1 viewer' : `${whole(count)} viewers`);
}

/** Draws the stage while it can be seen, no more often than its motion needs: what rises is the fastest. */
function play(): () => void {
  let drawn = 0;
  let frame = requestAnimationFrame(function draw(this: void, now: number) {
    frame = requestAnimationFrame(draw);
    if (now - drawn < (still ? 250 : floats.size > 0 ? 0 : 25)) return;
    drawn = now;
    stage.draw(page?.client.now() ?? Date.now(), now);
  });
  return () => cancelAnimationFrame(frame);
}

function measure(): void {
  const now = performance.now();
  arrivals = arrivals.filter(({ at }) => now - at < 1000);
  const reactions = arrivals.reduce((sum, { count }) => sum + count, 0);
  say(partOf(document, '#live-rate', HTMLElement), whole(reactions));
  say(partOf(document, '#live-messages', HTMLElement), whole(arrivals.length));
  say(partOf(document, '#live-song', HTMLElement), `♪ ${songAt(page?.client.now() ?? Date.now())}`);
}
