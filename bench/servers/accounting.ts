/**
 * What every server here does besides its work: says on which port it listens, and what CPU it has used when asked.
 */

/** Tells the runner the port, then answers each `'cpu'` with this process's user and system microseconds. */
export function announce(port: number): void {
  process.on('message', (question) => {
    if (question === 'cpu') process.send?.({ cpu: process.cpuUsage() });
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ port });
}
