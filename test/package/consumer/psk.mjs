// A key for TLS on a runtime that has no cipher suites for it.
import { lastValueFrom } from 'rxjs';
import { mqtt } from 'rxjs-mqtt';

const psk = { identity: 'device', key: '0123456789abcdef' };
const client = mqtt('mqtts://127.0.0.1:1', { reconnect: false, quiet: true, tls: { psk } });
const { code, subject, message } = await lastValueFrom(client.connect()).catch(error => error);
if (code !== 'NOT_SUPPORTED' || subject !== 'tls.psk') throw new Error(`${code}: ${message}`);
console.log('psk: refused');
