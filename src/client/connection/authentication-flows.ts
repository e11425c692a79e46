import { type Observable, merge, tap } from 'rxjs';
import { authenticatedHandshake } from '../../operators/handshake/authenticated-handshake.js';
import { handshake } from '../../operators/handshake/handshake.js';
import { reauthenticate } from '../../operators/handshake/reauthenticate.js';
import type { Authentication } from '../../options/authentication.js';
import type { ConnackPacket, Packet } from '../../packets.js';
import type { ConnectionConfig } from './connection-config.js';
import type { FlowConfig } from './flow-config.js';
import { assertMaximumPacketSize } from './maximum-packet-size.js';
import type { Router } from './packets/router.js';

/** Runs the flow from CONNECT to CONNACK, with the authentication of the options. Completes when both sides accept. */
export function handshakeFlow(
  config: ConnectionConfig,
  router: Router,
  onAccepted: (connack: ConnackPacket) => void,
): Observable<Packet> {
  const { connect, connackTimeout: timeout, options, context } = config;
  const { scheduler } = context;
  const { authentication } = options;
  if (authentication === undefined) return router.connack$.pipe(handshake({ connect, timeout, scheduler, onAccepted }));
  return merge(router.connack$, router.auth$).pipe(
    authenticatedHandshake({ connect, timeout, onAccepted, ...exchangeConfig(config, authentication, false) }),
  );
}

/** Runs the flow of re-authentications until the connection ends; undefined without an authentication. */
export function reauthenticationFlow({ config, limits, streams }: FlowConfig): Observable<Packet> | undefined {
  const { router, reauthentication } = streams;
  const { authentication, connectTimeout: timeout } = config.options;
  if (authentication === undefined || reauthentication === undefined) return undefined;
  const { requested$, onDone } = reauthentication;
  return router.auth$.pipe(
    reauthenticate({ requested$, onDone, timeout, ...exchangeConfig(config, authentication, true) }),
    tap(packet => assertMaximumPacketSize(packet, limits.maximumPacketSize)),
  );
}

function exchangeConfig(config: ConnectionConfig, authentication: Authentication, reauthentication: boolean) {
  const { url, connect, context } = config;
  const { scheduler, trampoline } = context;
  const run = (task: () => void) => trampoline.run(task);
  return { authentication, context: { reauthentication, url, clientId: connect.clientId }, scheduler, run };
}
