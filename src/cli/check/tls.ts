import {
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type TLSSocket,
  checkServerIdentity,
  connect,
} from 'node:tls';
import { isIP } from 'node:net';
import { type Finding, found, unknown } from './finding.js';
import { PATIENCE } from './probe.js';

const DAY = 86_400_000;

/** Looks at the certificates of a server. It sends no data. */
export async function checkTls(url: URL, options: ConnectionOptions, now: number): Promise<Finding[]> {
  const isWeb = url.protocol === 'wss:';
  try {
    return await handshake(url, { ...options, ...(!isWeb && { ALPNProtocols: ['mqtt'] }) }, now);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
      return [unknown('TLS', error)];
  }
  // the server has other protocols and refuses a client that has none of them
  const findings = await handshake(url, options, now).catch((error: unknown) => [unknown('TLS', error)]);
  return [...findings, found('ALPN mqtt', false, 'the server refuses clients that ask for it')];
}

async function handshake(url: URL, options: ConnectionOptions, now: number): Promise<Finding[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'wss:' ? 443 : 8883));
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      timeout: 5 * PATIENCE,
      ...options,
      rejectUnauthorized: false,
    });
    // an alert that comes after the handshake of TLS 1.3 has nobody to tell
    socket.on('error', reject);
    socket.once('timeout', () => {
      socket.destroy();
      reject(new Error('the server does not answer'));
    });
    socket.once('secureConnect', () => {
      const findings = describe(socket, options.servername ?? host, now);
      if (options.ALPNProtocols !== undefined) findings.push(found('ALPN mqtt', socket.alpnProtocol === 'mqtt'));
      socket.destroy();
      resolve(findings);
    });
  });
}

function describe(socket: TLSSocket, name: string, now: number): Finding[] {
  const leaf = socket.getPeerCertificate(true);
  const error = String(socket.authorizationError ?? '');
  const isTrusted = socket.authorized || error.includes('ERR_TLS_CERT_ALTNAME_INVALID');
  const days = Math.floor((Date.parse(leaf.valid_to) - now) / DAY);
  return [
    found('TLS', true, `${socket.getProtocol() ?? 'unknown version'}, ${socket.getCipher().name}`),
    found('certificate trusted', isTrusted, isTrusted ? chainOf(leaf).join(' < ') : error),
    found(
      'certificate name',
      checkServerIdentity(name, leaf) === undefined,
      `${leaf.subjectaltname ?? String(leaf.subject?.CN ?? 'none')}, asked for ${name}`,
    ),
    found('certificate valid', days >= 0, `until ${leaf.valid_to} (${days} days left)`),
  ];
}

function chainOf(leaf: DetailedPeerCertificate): string[] {
  const names: string[] = [];
  let each: DetailedPeerCertificate | undefined = leaf;
  while (each !== undefined && names.length < 10) {
    names.push(String(each.subject?.CN ?? each.subject?.O ?? 'unnamed'));
    each = each.issuerCertificate === each ? undefined : each.issuerCertificate;
  }
  return names;
}
