/**
 * The chat room, for everybody who can open a WebSocket: `/chatService` speaks WAMP, SOAP and plain text, and whoever comes
 * by whichever of them is in one chat. It needs no sign-in; whoever has a signed name speaks under it, all others as guests.
 */
import { everyone, type Hub, hubRoute, plainOnHub, type Session, soapOnHub } from '@tidewire/hub';
import { type Application, pageIn } from '../application.ts';
import { type ChatLine, contract } from './contract.ts';
import { chatService } from './soap.ts';

const newest = 20;

export const chatRoom: Application<typeof contract> = {
  id: 'chat',
  title: 'Chat room',
  summary: 'One room for everyone: pages, WAMP clients, SOAP clients and plain WebSockets, on one address.',
  page: pageIn(import.meta.url),
  contract,
  start({ hub }) {
    hub.topic('chat.lobby', {
      history: { count: 1000, age: '30d' },
      presence: 'count',
      maxBytes: 8 * 1024,
      rate: { count: 20, per: '10s' },
      allow: { subscribe: everyone, publish: everyone, history: everyone, presence: everyone },
      accept: (data, { session }) => ({
        ...(typeof data === 'string' ? { text: data } : { text: data.text, id: data.id }),
        from: speakerOf(session),
        via: session.peer.protocol || 'plain',
      }),
    });
    return {
      routes: { '/chatService': chatRoute(hub) },
      figures: () => ({ 'in the room': hub.presence('chat.lobby', {}).count }),
    };
  },
};

function chatRoute(hub: Hub<typeof contract>): ReturnType<typeof hubRoute> {
  return hubRoute(hub, {
    // The handshake that this address is known by was printed without a Host, which RFC 6455 §4.2.1 asks for.
    insecureAllowMissingHost: true,
    limits: { maxMessageBytes: 16 * 1024, maxFragments: 64 },
    soap: soapOnHub(hub, {
      contract: chatService,
      operations: {
        Say: { publish: 'chat.lobby', output: ({ position }) => ({ offset: position.offset }) },
        Shout: { publish: 'chat.lobby' },
      },
      topics: [
        {
          topic: 'chat.lobby',
          notification: 'Said',
          value: ({ text, from, via }: ChatLine) => ({ name: from?.name ?? '', text, via: via ?? '' }),
        },
      ],
    }),
    plain: plainOnHub(hub, {
      topic: 'chat.lobby',
      last: newest,
      read: (message) => (typeof message === 'string' ? message : undefined),
      write: ({ text, from }: ChatLine) => `${from?.name}: ${text}`,
      refused: ({ message }) => `(not said: ${message})`,
    }),
  });
}

function speakerOf({ user, id }: Session): ChatLine['from'] {
  if (user === undefined) return { name: `guest ${id.toString(36).slice(-4)}` };
  return { name: String(user['name'] ?? user.id), id: user.id };
}
