/**
 * Returns a list of cipher suites with the names of OpenSSL. Devices use the names of IANA, or those of mbed TLS, which are the same with
 * hyphens: `TLS-PSK-WITH-AES-128-GCM-SHA256` is `PSK-AES128-GCM-SHA256`. Other names stay as they are.
 */
export function toOpenSslNames(suites: string): string {
  return suites.split(':').map(toOpenSslName).join(':');
}

function toOpenSslName(suite: string): string {
  const name = suite.replaceAll('_', '-');
  // For TLS 1.3, mbed TLS writes TLS1-3-AES-128-GCM-SHA256, IANA and OpenSSL write TLS_AES_128_GCM_SHA256.
  if (name.startsWith('TLS1-3-')) return `TLS_${name.slice('TLS1-3-'.length).replaceAll('-', '_')}`;
  const [exchange, cipher] = name.startsWith('TLS-') ? name.slice('TLS-'.length).split('-WITH-') : [];
  if (!exchange || !cipher) return suite;
  const short = cipher
    .replace(/^(AES|CAMELLIA)-/, '$1')
    .replace(/-CCM-8$/, '-CCM8')
    .replace(/^(CHACHA20-POLY1305)-SHA256$/, '$1');
  // OpenSSL names CBC only with a pre-shared key, and not for Camellia.
  const namesCbc = exchange.endsWith('PSK') && !short.startsWith('CAMELLIA');
  const mode = namesCbc ? short : short.replace('-CBC-', '-');
  return exchange === 'RSA' ? mode : `${exchange}-${mode}`;
}
