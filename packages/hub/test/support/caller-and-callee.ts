/** A caller and a callee on an open router on paper. */
import type { Dict } from '../../src/wamp/options.ts';
import { type Client, openRouterOnPaper, type Router, type RouterOptions, settle } from './wamp-router.ts';

/** A name for whatever is registered. */
export const procedure = 'com.procedure';

export async function two(options: RouterOptions = {}): Promise<[caller: Client, callee: Client, router: Router]> {
  const router = openRouterOnPaper(options);
  return [await router.join(), await router.join(), router];
}

/** Answers the oldest INVOCATION by YIELD. */
export async function yields(
  callee: Client,
  args?: readonly unknown[],
  options: Dict = {},
  kwargs?: Dict,
): Promise<void> {
  const { request } = callee.take('INVOCATION');
  callee.receive({ type: 'YIELD', request, options, args, kwargs });
  await settle();
}
