/** The chat room's page. */
import { startChat } from './chat-panel.ts';

startChat();
