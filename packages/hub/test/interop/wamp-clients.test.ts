/** npm's `autobahn` and `wampy` against our router, with each serializer that they have. */
import { before } from 'node:test';
import { wampClientSuite } from './wamp-clients-suite.ts';
import { autobahn, installPeers, subprotocols, wampy } from './wamp-peer.ts';

before(installPeers);

for (const subprotocol of subprotocols) {
  wampClientSuite({ kind: autobahn(subprotocol), other: wampy('wamp.2.msgpack') });
  wampClientSuite({ kind: wampy(subprotocol), other: wampy('wamp.2.json') });
}
