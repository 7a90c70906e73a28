/** The page's entry: finds the parts of the document and hands each to the module that brings it to life. */
import { startChat } from './chat-panel.ts';
import { ClockOffset } from './clock-offset.ts';
import { FeedPanel } from './feed-panel.ts';
import { pollTicker, streamTicker } from './ticker-feeds.ts';

const offset = new ClockOffset();
const poll = new FeedPanel('poll', offset);
const stream = new FeedPanel('stream', offset);

startChat();
streamTicker(stream);

const polling = pollTicker(poll, offset);
for (const choice of document.querySelectorAll<HTMLInputElement>('input[name="poll-interval"]')) {
  // A browser that comes back to the page restores what was chosen.
  if (choice.checked) polling.every(Number(choice.value));
  choice.addEventListener('change', () => polling.every(Number(choice.value)));
}

requestAnimationFrame(function frame() {
  poll.sample();
  stream.sample();
  requestAnimationFrame(frame);
});
setInterval(() => {
  // One scale for both curves: what is low beside the other is fresh.
  const highest = Math.max(poll.highestAge, stream.highestAge, 100);
  poll.show(highest);
  stream.show(highest);
}, 250);
