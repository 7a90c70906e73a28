/** The client of a page; it runs wherever there is a WebSocket. */
import { connect } from 'tidewire/browser';

export async function follow(url: string, show: (text: string) => void): Promise<void> {
  const socket = await connect(url, {
    reconnect: true,
    // A page can't send Pings. Ask the server for a word after 20 s of silence, and give it 10 s to answer.
    watchdog: { interval: 20_000, timeout: 10_000, probe: () => '{"ping":true}' },
    waiting: (_socket, { delay }) => show(`reconnecting in ${Math.ceil(delay / 1000)} s`),
    open: () => show('connected'),
  });
  for await (const data of socket) show(String(data));
  show(`closed with ${(await socket.closed).code}`);
}
