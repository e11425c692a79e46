import { lazy } from './lazy.js';
import type { Transport } from '../link.js';
import { tcp, tls, unix } from './sockets.js';

const ws = lazy(() => import('./ws.js').then(module => module.ws));

/** The default transports on Node, by the scheme of the URL. */
export const defaultTransports: Readonly<Record<string, Transport>> = {
  'mqtt:': tcp,
  'tcp:': tcp,
  'mqtts:': tls,
  'ssl:': tls,
  'tls:': tls,
  'ws:': ws,
  'wss:': ws,
  'unix:': unix,
  'mqtt+unix:': unix,
};
