/** The arena's page: connects in MessagePack, shows how it goes, and draws. */
import type { Serializer } from '@tidewire/hub/client';
import { msgpackSerializer } from '@tidewire/hub/msgpack';
import { say } from '../shared/element.ts';
import { nameField } from '../shared/name-field.ts';
import { bytes, tenths, whole } from '../shared/numbers.ts';
import { type HubPage, onHub } from '../shared/on-hub.ts';
import { PageTopics } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { RollingPlot } from '../shared/rolling-plot.ts';
import { type ArenaContract, contract } from './contract.ts';
import { Controls } from './controls.ts';
import { Lists } from './lists.ts';
import { RateMeter } from './meters.ts';
import { Painter } from './painter.ts';
import { type Play, Player } from './player.ts';

const frame = partOf(document, '#arena-frame', HTMLElement);
const canvas = partOf(document, '#arena-canvas', HTMLCanvasElement);
const dashButton = partOf(document, '#arena-dash', HTMLButtonElement);
const here = partOf(document, '#arena-here', HTMLButtonElement);
const painter = new Painter(canvas);
const lists = new Lists();
const stage = partOf(document, '#arena-stage', HTMLElement);
const controls = new Controls(canvas, stage, dashButton, () => player?.wants());
const received = new RateMeter();
const plot = new RollingPlot(partOf(document, '#arena-plot', HTMLElement), {
  label: 'Lag of the last 30 seconds',
  series: [{ name: 'lag', colour: '--series-1' }],
  height: 130,
  least: 60,
  format: (value) => `${value} ms`,
});
let player: Player | undefined;

partOf(document, '#arena-who', HTMLElement).append(nameField());
here.addEventListener('click', () => {
  void player?.join();
  stage.focus();
});
document.addEventListener('visibilitychange', () => {
  if (player) player.visible = document.visibilityState === 'visible';
});
onHub(contract, start, () => ({
  serializer: counting(msgpackSerializer()),
  // Seats are kept for ten seconds: that the line is gone has to be noticed before.
  reconnect: { max: 2000 },
  watchdog: { interval: 3000, timeout: 2000 },
}));
requestAnimationFrame(draw);
setInterval(measure, 250);

function start(page: HubPage<ArenaContract>): void {
  const { client, user } = page;
  const topics = new PageTopics(page);
  const mine = new Player(page, topics, controls, (play) => show(play, user.name));
  player = mine;
  topics.follow(client.topic('arena.players'), {
    publication: (players) => {
      mine.listed = players;
      lists.players(players, user.id);
    },
  });
  topics.follow(client.topic('arena.best'), { publication: (best) => lists.best(best, user.id) });
  mine.visible = document.visibilityState === 'visible';
}

function show(play: Play, name: string): void {
  frame.dataset['play'] = play.state;
  here.hidden = play.state !== 'elsewhere';
  say(partOf(document, '#arena-says', HTMLElement), wordsFor(play, name));
}

function wordsFor(play: Play, name: string): string {
  switch (play.state) {
    case 'connecting':
      return 'Connecting …';
    case 'lost':
      return 'The line is down. Your seat is kept for 10 s.';
    case 'full':
      return 'Every seat is taken: you watch until one is free.';
    case 'elsewhere':
      return 'You play in another window.';
    case 'playing':
      return `You play as ${name}`;
    case 'back':
      return `Back in your seat, with ${points(play.score)}`;
    default:
      return `Your seat was given up: ${name} begins anew`;
  }
}

function points(count: number): string {
  return count === 1 ? '1 point' : `${whole(count)} points`;
}

function draw(now: number): void {
  requestAnimationFrame(draw);
  if (player) painter.draw(player.scene(now), now);
}

function measure(): void {
  const now = performance.now();
  const write = (id: string, text: string): void => say(partOf(document, id, HTMLElement), text);
  const lag = player?.lag.lag;
  const states = player?.states.read(now);
  write('#arena-lag', lag === undefined ? '–' : `${whole(lag)} ms`);
  write('#arena-rate', states ? tenths(states.count) : '–');
  write('#arena-bytes', bytes(received.read(now).size));
  write('#arena-size', bytes(player?.stateBytes ?? 0));
  write('#arena-inputs', tenths(player?.inputs.read(now).count ?? 0));
  plot.add(now, [player?.lag.latest ?? null]);
  if (document.visibilityState === 'visible') plot.draw(now);
  dashButton.dataset['ready'] = String((player?.rest ?? 0) === 0);
}

/** Counts the bytes of every message that comes. */
function counting(serializer: Serializer): Serializer {
  return {
    ...serializer,
    parse(data) {
      received.add(performance.now(), data.length);
      return serializer.parse(data);
    },
  };
}
