import type { Transport } from './link.js';
import { asLink } from './socket-link.js';
import { secureSocket } from './stream.js';
import { lateRefusal } from './tls-failure.js';

/** MQTT over TLS. The URL gives host and port, 8883 where it names none. */
export const tls: Transport = target => secureSocket(target, 8883).pipe(asLink(target, lateRefusal));
