/** The example service behind a route: what is said by one is told to all, as a hub will do it. */
import { PreparedMessage, type Route, type ServerSocket } from 'tidewire';
import { acceptSoap, type SoapNotification, SoapSession, soapService } from '../../src/soap/index.ts';
import { type ChatDefinition, chat } from './soap-example.ts';

export interface SoapChat {
  readonly route: Route<any, any>;
  say(name: string, text: string): void;
  /** Counts somebody who knows that he is in. */
  joined(): void;
  whenJoined(count: number): Promise<void>;
}

export function soapChat(): SoapChat {
  const sessions = new Map<ServerSocket<any, any>, SoapSession<string>>();
  let joined = 0;
  let waiting: (() => void)[] = [];
  const tell = (notification: SoapNotification) => {
    // Framed once for each kind, however many there are.
    const frames = { text: new PreparedMessage(notification.text), binary: new PreparedMessage(notification.bytes) };
    for (const [socket, session] of sessions) socket.sendPrepared(frames[session.frameKind]);
  };
  const say = (name: string, text: string) => tell(chat.notification('said', { name, text, note: null }));
  const service = soapService<ChatDefinition, string>(chat, {
    join: ({ name }, { user }) => ({ members: [user, name] }),
    add: ({ a, b }) => ({ sum: a + b }),
    say: ({ text }, { user }) => say(user, text),
    wait: (_input, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  const route: Route<any, any> = {
    upgrade: (request) => acceptSoap(request),
    open: (socket) =>
      void sessions.set(socket, new SoapSession(socket, service, { user: 'visitor', onError: () => {} })),
    message: (socket, data) => sessions.get(socket)!.receive(data),
    close(socket) {
      sessions.get(socket)!.end();
      sessions.delete(socket);
    },
  };
  return {
    route,
    say,
    joined() {
      joined++;
      for (const resolve of waiting.splice(0)) resolve();
    },
    async whenJoined(count) {
      while (joined < count) await new Promise<void>((resolve) => waiting.push(resolve));
      waiting = [];
    },
  };
}
