import type { Transport } from '../link.js';
import { webSocketTransport } from './web-socket.js';

const webSocket = webSocketTransport();

/** The transports of everywhere else, by the scheme of the URL. */
export const defaultTransports: Readonly<Record<string, Transport>> = { 'ws:': webSocket, 'wss:': webSocket };
