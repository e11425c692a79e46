import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MqttClient, type TlsOptions, mqtt } from './library.js';

/** A broker whose certificate is signed by an authority of your own. */
export async function trusting(url: string, caFile: string): Promise<MqttClient> {
  return mqtt(url, { tls: { ca: await readFile(caFile) } });
}

/** Mutual TLS: the client shows a certificate, too. The files are read before each attempt, so that a renewed certificate is used. */
export function renewable(url: string, folder: string): MqttClient {
  const read = (name: string) => readFile(join(folder, name));
  const tls = async (): Promise<TlsOptions> => ({
    ca: await read('ca.crt'),
    cert: await read('client.crt'),
    key: await read('client.key'),
  });
  return mqtt(url, { perAttempt: async () => ({ tls: await tls() }) });
}

/** A key that both sides know, and no certificates at all. */
export function withSharedKey(url: string, identity: string, hexKey: string): MqttClient {
  return mqtt(url, { tls: { psk: { identity, key: hexKey } } });
}
