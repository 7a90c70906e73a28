import { connectHub } from '@tidewire/hub/client';
import { contract } from './contract.ts';

const hub = connectHub(contract, process.argv[2] ?? 'ws://127.0.0.1:8080/realtime');
const lobby = hub.topic('chat.{room}', { room: 'lobby' });

const { position } = await lobby.publish({ by: 'Node', text: 'hello' });
console.log(`sent as number ${position.offset}`);
console.log(`lines in the lobby: ${await hub.call('room.count', { room: 'lobby' })}`);
await hub.close();
