import type { Transport } from './link.js';
import { asLink } from './socket-link.js';
import { plainSocket } from './stream.js';

/** MQTT over TCP. The URL gives host and port, 1883 where it names none. */
export const tcp: Transport = target => plainSocket(target, 1883).pipe(asLink(target));
