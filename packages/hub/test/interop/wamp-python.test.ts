/** Debian's python3-autobahn against our router, with each serializer that it has. */
import { before } from 'node:test';
import { systemPackage } from '../../../wire/test/support/system-packages.ts';
import { wampClientSuite } from './wamp-clients-suite.ts';
import { installPeers, pythonAutobahn, subprotocols, wampy } from './wamp-peer.ts';

const python = systemPackage('python3-autobahn');
const cbor = systemPackage('python3-cbor2');

before(installPeers);

for (const subprotocol of subprotocols) {
  const skip = python.missing ?? (subprotocol === 'wamp.2.cbor' ? cbor.missing : undefined);
  const kind = pythonAutobahn(python.path, subprotocol);
  wampClientSuite({ kind, other: wampy('wamp.2.cbor'), skip, interruptible: true });
}
