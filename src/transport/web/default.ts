import type { Transport } from '../link.js';
import { webSocketTransport } from './web-socket.js';

const webSocket = webSocketTransport();

/** The default transports on all other platforms, by the scheme of the URL. */
export const defaultTransports: Readonly<Record<string, Transport>> = { 'ws:': webSocket, 'wss:': webSocket };
