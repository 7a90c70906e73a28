/** Which applications there are, in the order in which the pages show them. Another one is a line here and a folder. */
import type { Application } from './application.ts';
import { chatRoom } from './chat-room/server.ts';
import { news } from './news/server.ts';
import { stocks } from './stocks/server.ts';

export const applications: readonly Application[] = [news, stocks, chatRoom];
