import { connectHub } from '@tidewire/hub/client';
import { contract } from './contract.ts';

const [status, lines, form] = ['status', 'lines', 'form'].map((id) => document.getElementById(id)!);
const say = (text: string) => (status!.textContent = text);

const hub = connectHub(contract, '/realtime');
hub.watch(({ state }) => {
  if (state !== 'connected') say(state === 'waiting' ? 'reconnecting' : state);
});

const lobby = hub.topic('chat.{room}', { room: 'lobby' });

form!.onsubmit = (event) => {
  event.preventDefault();
  const text = String(new FormData(form as HTMLFormElement).get('text'));
  (form as HTMLFormElement).reset();
  lobby.publish({ by: 'a page', text }).catch((error: Error) => say(error.message));
};

for await (const item of lobby.subscribe({ last: 100 })) {
  if (item.type === 'joined' && item.recovered === false) lines!.append('… some lines are lost …');
  if (item.type === 'caught-up') say(`caught up: ${item.replayed}`);
  if (item.type === 'publication') {
    const line = document.createElement('li');
    line.textContent = `${item.data.by}: ${item.data.text}`;
    lines!.append(line);
  }
}
