/** Which applications there are, in the order in which the pages show them. Another one is a line here and a folder. */
import type { Application } from './application.ts';
import { arena } from './arena/server.ts';
import { chatRoom } from './chat-room/server.ts';
import { live } from './live/server.ts';
import { messaging } from './messaging/server.ts';
import { news } from './news/server.ts';
import { notifications } from './notifications/server.ts';
import { stocks } from './stocks/server.ts';
import { support } from './support/server.ts';

export const applications: readonly Application[] = [
  support,
  news,
  stocks,
  messaging,
  arena,
  live,
  notifications,
  chatRoom,
];
