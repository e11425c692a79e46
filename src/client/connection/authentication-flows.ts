import { EMPTY, type Observable, merge, tap } from 'rxjs';
import type { Authentication } from '../../authentication.js';
import { authenticatedHandshake } from '../../operators/authenticated-handshake.js';
import { handshake } from '../../operators/handshake.js';
import { reauthenticate } from '../../operators/reauthenticate.js';
import type { ConnackPacket, Packet } from '../../packets.js';
import type { NegotiatedLimits } from '../../state.js';
import type { ConnectionConfig } from './connection-config.js';
import { assertFits } from '../publishing/fitting.js';
import type { Reauthentication } from './reauthentication.js';
import type { Router } from './router.js';

/** CONNECT to CONNACK, with the authentication that the options ask for in between. Completes when accepted. */
export function handshakeFlow(
  config: ConnectionConfig,
  router: Router,
  accepted: (connack: ConnackPacket) => void,
): Observable<Packet> {
  const { connect, connackTimeout: timeout, options, context } = config;
  const { scheduler } = context;
  const { authentication } = options;
  if (authentication === undefined) return router.connack$.pipe(handshake({ connect, timeout, scheduler, accepted }));
  return merge(router.connack$, router.auth$).pipe(
    authenticatedHandshake({ connect, timeout, accepted, ...conversation(config, authentication, false) }),
  );
}

/** Authentication anew, for as long as the connection lives. */
export function reauthenticationFlow(
  config: ConnectionConfig,
  router: Router,
  waiting: Reauthentication,
  { maximumPacketSize }: NegotiatedLimits,
): Observable<Packet> {
  const { authentication, connectTimeout: timeout } = config.options;
  if (authentication === undefined) return EMPTY;
  const { asked$, done } = waiting;
  return router.auth$.pipe(
    reauthenticate({ asked$, done, timeout, ...conversation(config, authentication, true) }),
    tap(packet => assertFits(packet, maximumPacketSize)),
  );
}

function conversation(config: ConnectionConfig, authentication: Authentication, reauthentication: boolean) {
  const { url, connect, context } = config;
  const { scheduler, trampoline } = context;
  const run = (task: () => void) => trampoline.run(task);
  return { authentication, context: { reauthentication, url, clientId: connect.clientId }, scheduler, run };
}
