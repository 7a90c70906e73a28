/** The chat room: a page for `/chatService`, where any WebSocket client may talk. The smallest application there is. */
import { type Application, pageIn } from '../application.ts';
import { chat } from '../chat.ts';

export const chatRoom: Application = {
  id: 'chat',
  title: 'Chat room',
  summary: 'One room for everyone. A message is a line of text, so any WebSocket client can join.',
  page: pageIn(import.meta.url),
  start(context) {
    const everyone = () => context.group('chat');
    return {
      routes: { '/chatService': chat({ everyone }) },
      figures: () => ({ 'in the room': everyone().size }),
    };
  },
};
