import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MqttClient, type TlsOptions, mqtt } from './library.js';

/** Trusts a broker whose certificate is signed by your own authority. */
export async function trusting(url: string, caFile: string): Promise<MqttClient> {
  return mqtt(url, { tls: { ca: await readFile(caFile) } });
}

/** Mutual TLS: the client has a certificate, too. It reads the files before each attempt, so it uses a renewed certificate. */
export function renewable(url: string, folder: string): MqttClient {
  const read = (name: string) => readFile(join(folder, name));
  const tls = async (): Promise<TlsOptions> => ({
    ca: await read('ca.crt'),
    cert: await read('client.crt'),
    key: await read('client.key'),
  });
  return mqtt(url, { perAttempt: async () => ({ tls: await tls() }) });
}

/** Uses a key that both sides have, and no certificates. */
export function withSharedKey(url: string, identity: string, hexKey: string): MqttClient {
  return mqtt(url, { tls: { psk: { identity, key: hexKey } } });
}
