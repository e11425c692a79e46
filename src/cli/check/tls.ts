import { type ConnectionOptions, type DetailedPeerCertificate, connect } from 'node:tls';
import { isIP } from 'node:net';
import { type Finding, found, unknown } from './finding.js';
import { PATIENCE } from './probe.js';

const DAY = 86_400_000;

/** Looks at the certificates of a server. It sends no data. */
export async function checkTls(url: URL, options: ConnectionOptions, now: number): Promise<Finding[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'wss:' ? 443 : 8883));
  return new Promise(resolve => {
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      ALPNProtocols: ['mqtt'],
      timeout: 5 * PATIENCE,
      ...options,
      rejectUnauthorized: false,
    });
    const end = (findings: Finding[]) => {
      socket.destroy();
      resolve(findings);
    };
    socket.once('error', error => end([unknown('TLS', error)]));
    socket.once('timeout', () => end([unknown('TLS', new Error('the server does not answer'))]));
    socket.once('secureConnect', () => {
      const leaf = socket.getPeerCertificate(true);
      const { authorized, authorizationError } = socket;
      const days = Math.floor((Date.parse(leaf.valid_to) - now) / DAY);
      end([
        found('TLS', true, `${socket.getProtocol() ?? 'unknown version'}, ${socket.getCipher().name}`),
        found('certificate trusted', authorized, authorized ? chainOf(leaf).join(' < ') : String(authorizationError)),
        found('certificate name', true, leaf.subjectaltname ?? String(leaf.subject?.CN ?? 'none')),
        found('certificate valid', days >= 0, `until ${leaf.valid_to} (${days} days left)`),
        found('ALPN mqtt', socket.alpnProtocol === 'mqtt'),
      ]);
    });
  });
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
