export { type HostOptions, type SharedHost, hostClient } from './host/host-client.js';
export { type SharedPort, messagePort } from './port.js';
export { type SharedClientOptions, sharedClient } from './tab/shared-client.js';
