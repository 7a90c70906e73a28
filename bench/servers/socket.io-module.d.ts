// What these servers use of Socket.IO, so that types can be checked before the rivals are installed.
declare module 'socket.io' {
  interface Emitter {
    emit(event: string, data: unknown): unknown;
  }
  interface Socket extends Emitter {
    join(room: string): void;
    on(event: string, listener: (...data: any[]) => void): void;
  }
  export class Server implements Emitter {
    constructor(http: import('node:http').Server, options: object);
    on(event: 'connection', listener: (socket: Socket) => void): void;
    to(room: string): Emitter;
    emit(event: string, data: unknown): unknown;
  }
}
